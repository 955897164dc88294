"""Trains small tokenizers of several families and records what Python computes with them.

python make.py  (tokenizers 0.22.2, transformers 4.57.1, sentencepiece 0.2.3)
"""
import json
import os
import tempfile

import sentencepiece
import tokenizers
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = os.path.dirname(os.path.abspath(__file__))
TOKENIZERS = f'tokenizers {tokenizers.__version__}'
TRANSFORMERS = f'transformers {transformers.__version__}, sentencepiece {sentencepiece.__version__}'

TEXTS = [
    'The quick brown fox jumps over the lazy dog, and the dog sleeps.',
    "We can't say it isn't what they've done; I'll ask, she'd know.",
    'In 1998, 42 people paid 3,141.59 for it.',
    'def add(a, b):\n    return a + b\n\n\nprint(add(1, 2))',
    'What is 12 times 7? The answer is 84.',
    'A movie that is both funny and sad, and never boring.',
    'Über größere Wörter, naïve café, façade.',
    'これは日本語の文です。',
    'Привет, мир! Как дела?',
    'the the the and and of of to to in in is is',
    '  two  spaces   and three\t tabs\n',
] * 3

LINES = [
    '', ' ', '  ', '\n', '\t', '\r\n', ' \n \n', 'a', ' a', 'a ', "The dog can't sleep.", " The dog  can't   sleep . ",
    "it's we've I'll she'd IT'S", '1 12 123 1,234.5', 'def f(x):\n\treturn x\n\n', 'naïve café Ünïcödé', 'e\u0301 ﬁ ① ½ Ａ',
    '日本語の文', 'Привет', '🙂👍🏽 and 👨‍👩‍👧', 'a\u00a0b\u200bc\ufeffd', '▁ a ▁b', '\u0000\u0001 \x7f', '<s> a </s>', 'a<s>b</s> c',
    'x</s>\ny', '<|endoftext|>a <|endoftext|> b', '<mask> the <mask>', 'the dog ' * 60 + '.',
    ' '.join(str(i) for i in range(200)), 'word' * 80, 'a\n\n\n\nb \n c', '…“quotes”—dash', 'ſ ß İ ı',
]
PAIRS = [('the dog', 'sleeps'), ('', ' '), ('a </s>', ' b')]


def record(name, tokenizer, reference):
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    records = []
    for text in LINES:
        for special in (True, False):
            ids = tokenizer.encode(text, add_special_tokens=special).ids
            decoded = tokenizer.decode(ids, skip_special_tokens=True)
            line = {'text': text, 'ids': ids, 'decoded': decoded, 'addSpecial': special}
            if {**line, 'addSpecial': True} not in records:
                records.append(line)
    for text, pair in PAIRS:
        both = tokenizer.encode(text, pair)
        line = {'text': text, 'pair': pair, 'ids': both.ids, 'typeIds': both.type_ids}
        records.append({**line, 'decoded': tokenizer.decode(both.ids), 'addSpecial': True})
    with open(os.path.join(folder, 'lines.jsonl'), 'w') as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + '\n' for line in records)
    with open(os.path.join(folder, 'case.json'), 'w') as file:
        json.dump({'kind': 'tokenizer', 'reference': reference}, file)
    return folder


def save(name, tokenizer):
    os.makedirs(os.path.join(HERE, name), exist_ok=True)
    path = os.path.join(HERE, name, 'tokenizer.json')
    tokenizer.save(path, pretty=False)
    record(name, Tokenizer.from_file(path), TOKENIZERS)


def byte_level(special, normalizer=None):
    tokenizer = Tokenizer(models.BPE())
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=420, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    return tokenizer


def gpt2():
    tokenizer = byte_level(['<|endoftext|>'])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    save('gpt2-byte-level', tokenizer)


def roberta():
    tokenizer = byte_level(['<s>', '<pad>', '</s>', '<unk>'])
    tokenizer.add_special_tokens([AddedToken('<mask>', lstrip=True, normalized=False, special=True)])
    tokenizer.post_processor = processors.RobertaProcessing(('</s>', 2), ('<s>', 0), add_prefix_space=False)
    save('roberta-byte-level', tokenizer)


def modernbert():
    tokenizer = byte_level(['[UNK]', '[CLS]', '[SEP]', '[PAD]'], normalizers.NFC())
    tokenizer.add_special_tokens([AddedToken('[MASK]', lstrip=True, normalized=False, special=True)])
    tokenizer.add_tokens([AddedToken(' ' * count, normalized=True) for count in (4, 3, 2)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single='[CLS] $A [SEP]', pair='[CLS] $A [SEP] $B:0 [SEP]:0', special_tokens=[('[CLS]', 1), ('[SEP]', 2)]
    )
    save('modernbert-byte-level', tokenizer)


def metaspace(name, scheme):
    """BPE with byte fallback in the form of LLaMA, with a space in front of a text by `scheme`."""
    special = ['<unk>', '<s>', '</s>']
    tokenizer = Tokenizer(models.BPE(unk_token='<unk>', fuse_unk=True, byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme)
    bytes_ = [f'<0x{byte:02X}>' for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=480, special_tokens=special + bytes_, show_progress=False)
    tokenizer.train_from_iterator([text for text in TEXTS if text.isascii()], trainer)
    description = json.loads(tokenizer.to_str())
    description['added_tokens'] = [token for token in description['added_tokens'] if token['content'] in special]
    tokenizer = Tokenizer.from_str(json.dumps(description))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=False)
    strip = [] if scheme == 'never' else [decoders.Strip(content=' ', left=1)]
    tokenizer.decoder = decoders.Sequence([decoders.Replace('▁', ' '), decoders.ByteFallback(), decoders.Fuse(), *strip])
    tokenizer.post_processor = processors.TemplateProcessing(
        single='<s> $A', pair='<s> $A <s>:1 $B:1', special_tokens=[('<s>', 1)]
    )
    save(name, tokenizer)


def xlm_roberta():
    rules = [('ﬁ', 'fi'), ('①', '1'), ('½', '1/2'), ('Ａ', 'A'), ('e\u0301', 'é'), ('…', '...')]
    rules += [(space, ' ') for space in '\t\n\r\u00a0\u200b']
    name = 'sentencepiece-unigram-xlm-roberta-spm'
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        table, prefix = os.path.join(work, 'rules.tsv'), os.path.join(work, 'sentencepiece.bpe')
        with open(table, 'w') as file:
            for rule in rules:
                file.write('\t'.join(' '.join(f'{ord(c):X}' for c in side) for side in rule) + '\n')
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter([line for text in TEXTS for line in text.split('\n') if line.strip()]),
            model_prefix=prefix, vocab_size=300, hard_vocab_limit=False, character_coverage=0.98,
            normalization_rule_tsv=table, minloglevel=2,
        )
        os.replace(prefix + '.model', os.path.join(folder, 'sentencepiece.bpe.model'))
    with open(os.path.join(folder, 'tokenizer_config.json'), 'w') as file:
        json.dump({'tokenizer_class': 'XLMRobertaTokenizer'}, file)
    converted = transformers.XLMRobertaTokenizerFast.from_pretrained(folder).backend_tokenizer
    record(name, converted, TRANSFORMERS)
    published = Tokenizer.from_str(converted.to_str())
    published.normalizer = converted.normalizer[0]
    published.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    save('xlm-roberta-unigram', published)


gpt2()
roberta()
modernbert()
metaspace('mistral-metaspace-first', 'first')
metaspace('llama-metaspace-always', 'always')
metaspace('metaspace-never', 'never')
xlm_roberta()
