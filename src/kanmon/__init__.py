"""Kanmon (関門): scores of who may leave a selection, none of them without evidence of consent."""
