"""Token ids of texts, for the peer: texts as a JSON list on stdin, lists of ids on stdout.

    python tokenize_texts.py tokenizer.json MAX_TOKENS
"""

import json
import sys

from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file(sys.argv[1])
tokenizer.no_padding()
tokenizer.enable_truncation(int(sys.argv[2]))
encoded = tokenizer.encode_batch(json.load(sys.stdin))
json.dump([text.ids for text in encoded], sys.stdout)
