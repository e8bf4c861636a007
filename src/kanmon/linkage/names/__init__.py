"""How names are written: kanji variants, kana, Latin letters, given names."""
