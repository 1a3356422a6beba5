from evidence.fields import text_fields


def test_texts_are_named_by_their_path_in_content_order() -> None:
    content = {"title": "T", "persona": {"name": "N", "concerns": [{"cover": "C", "trust": 1}]}, "empty": " ", "n": 3}
    assert text_fields(content) == {"title": "T", "persona.name": "N", "persona.concerns[0].cover": "C"}
    assert text_fields(content, within=["persona"]) == {"persona.name": "N", "persona.concerns[0].cover": "C"}
    assert text_fields(content, within=[]) == {}
