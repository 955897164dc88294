import {join} from 'node:path'
import {expect, test} from 'vitest'
import {letters, modelFolder} from '../../test/models/tokenizer.ts'
import {openTokenizer} from './tokenizer.ts'

const open = async (files: Readonly<Record<string, unknown>>) =>
  openTokenizer(await modelFolder({'tokenizer.json': letters(), ...files}))

test('truncation and padding stored in the file do not apply', async () => {
  const tokenizer = await open({})
  expect(await tokenizer.encode('a b c d e f')).toEqual([1, 4, 5, 6, 7, 8, 9])
  expect(await tokenizer.encode('a')).toEqual([1, 4])
})

test('special tokens around a text can be left out', async () => {
  const tokenizer = await open({})
  expect(await tokenizer.encode('a b', {special: false})).toEqual([4, 5])
  expect(await tokenizer.encode('')).toEqual([1])
  expect(await tokenizer.encode('', {special: false})).toEqual([])
})

test('special tokens written in a text are read as such', async () => {
  expect(await (await open({})).encode('a</s> <s>b')).toEqual([1, 4, 2, 1, 5])
})

test('a cut text loses its end and keeps its special tokens', async () => {
  const tokenizer = await open({})
  const ended = await open({'tokenizer_config.json': {bos_token: '<s>', eos_token: '</s>', add_eos_token: true}})
  expect(await tokenizer.encode('a b c d', {maxTokens: 3})).toEqual([1, 4, 5])
  expect(await tokenizer.encode('a b c d', {maxTokens: 3, special: false})).toEqual([4, 5, 6])
  expect(await tokenizer.encode('a b', {maxTokens: 3})).toEqual([1, 4, 5])
  expect(await ended.encode('a b c d', {maxTokens: 4})).toEqual([1, 4, 5, 2])
})

test('a batch is its texts one by one, however many', async () => {
  const tokenizer = await open({})
  const texts = Array.from({length: 2500}, (_, i) => 'a b c d e f'.slice(0, 1 + 2 * (i % 6)))
  const batch = await tokenizer.encodeBatch(texts, {maxTokens: 4})
  expect(batch).toHaveLength(2500)
  for (const i of [0, 1, 5, 999, 1000, 2499]) expect(batch[i]).toEqual(await tokenizer.encode(texts[i], {maxTokens: 4}))
  expect(await tokenizer.encodeBatch([])).toEqual([])
})

test('two texts become one input with type ids', async () => {
  const tokenizer = await open({})
  expect(await tokenizer.encodePairs([['a b', 'c']])).toEqual([{ids: [1, 4, 5, 2, 6], typeIds: [0, 0, 0, 0, 1]}])
  expect(await tokenizer.encodePairs([['a b', 'c']], {special: false})).toEqual([{ids: [4, 5, 6], typeIds: [0, 0, 1]}])
})

test('pairs are cut longest first and keep what stands around them', async () => {
  const tokenizer = await open({})
  expect(await tokenizer.encodePairs([['a b c d', 'e f']], {maxTokens: 6})).toEqual([
    {
      ids: [1, 4, 5, 2, 8, 9],
      typeIds: [0, 0, 0, 0, 1, 1],
    },
  ])
  expect(await tokenizer.encodePairs([['a b c', 'd e f'], ['a b c']], {maxTokens: 3, special: false})).toEqual([
    {ids: [4, 7, 8], typeIds: [0, 1, 1]},
    {ids: [4, 5, 6], typeIds: [0, 0, 0]},
  ])
  expect(await tokenizer.encodePairs([['a', '']])).toEqual([{ids: [1, 4, 2], typeIds: [0, 0, 0]}])
  expect(await tokenizer.encodePairs([['a']])).toEqual([{ids: [1, 4], typeIds: [0, 0]}])
})

test('without a template the second text is of type 1', async () => {
  const tokenizer = await open({'tokenizer.json': letters({post_processor: null})})
  expect(await tokenizer.encodePairs([['a b', 'c']])).toEqual([{ids: [4, 5, 6], typeIds: [0, 0, 1]}])
})

const BERT = {
  type: 'BertNormalizer',
  clean_text: true,
  handle_chinese_chars: true,
  strip_accents: null,
  lowercase: true,
}
const openBert = (config: object, changes: object = {}, model_type = 'bert') =>
  open({
    'tokenizer.json': letters({normalizer: {...BERT, ...changes}}),
    'tokenizer_config.json': config,
    'config.json': {model_type},
  })

test('a BERT whose two files say the same, or whose class takes tokenizer.json as it is, opens', async () => {
  const same = {
    do_lower_case: true,
    strip_accents: null,
    tokenize_chinese_chars: true,
    tokenizer_class: 'BertTokenizer',
  }
  const plain = {do_lower_case: false, add_prefix_space: true, tokenizer_class: 'PreTrainedTokenizerFast'}
  for (const config of [{}, same, plain]) {
    expect(await (await openBert(config)).encode('A b')).toEqual([1, 4, 5])
  }
})

test('a model of another architecture has defaults of BERT without a class only if its tokenizers are of BERT', async () => {
  await expect(openBert({}, {lowercase: false}, 'distilbert')).rejects.toThrow(/no do_lower_case \(default: true\)/)
  expect(await (await openBert({}, {lowercase: false}, 'modernbert')).encode('a b')).toEqual([1, 4, 5])
  await expect(openBert({do_lower_case: true}, {lowercase: false}, 'modernbert')).rejects.toThrow(/do_lower_case: true/)
})

test('an empty name of a special token names none', async () => {
  const blank = {bos_token: '', pad_token: false, additional_special_tokens: [''], added_tokens_decoder: {9: ''}}
  expect(await (await open({'tokenizer_config.json': blank})).encode('a')).toEqual([1, 4])
})

test('a BERT strips accents where it lowercases, unless a setting says otherwise: two files may say the same in two ways', async () => {
  const cased = {lowercase: false, strip_accents: false}
  expect(await (await openBert({do_lower_case: false, strip_accents: null}, cased)).encode('a Ä')).toEqual([1, 4, 10])
  expect(await (await openBert({strip_accents: true})).encode('Á b')).toEqual([1, 4, 5])
  await expect(openBert({strip_accents: null}, {strip_accents: false})).rejects.toThrow(
    'its normalizer has strip_accents: false, but tokenizer_config.json has strip_accents: null',
  )
})

test.each([
  [{do_lower_case: false, tokenizer_class: 'BertTokenizer'}, 'lowercase: true', 'do_lower_case: false'],
  [{strip_accents: false}, 'strip_accents: null', 'strip_accents: false'],
  [{tokenize_chinese_chars: false}, 'handle_chinese_chars: true', 'tokenize_chinese_chars: false'],
  [{}, 'lowercase: false', 'no do_lower_case (default: true)', {lowercase: false}],
  [{}, 'handle_chinese_chars: false', 'no tokenize_chinese_chars (default: true)', {handle_chinese_chars: false}],
])(
  'a BERT with another normalizer in tokenizer_config.json is refused, case %#',
  async (config, ours, theirs, changes: object = {}) => {
    const message = `its normalizer has ${ours}, but tokenizer_config.json has ${theirs}, which transformers applies instead`
    await expect(openBert(config, changes)).rejects.toThrow(message)
  },
)

test('a tokenizer that prepends a space that tokenizer.json does not is refused', async () => {
  const pre_tokenizer = {type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true}
  const spaced = (add_prefix_space: boolean) =>
    open({'tokenizer.json': letters({pre_tokenizer}), 'tokenizer_config.json': {add_prefix_space}})
  await expect(spaced(true)).rejects.toThrow(
    'its pre-tokenizer has add_prefix_space: false, but tokenizer_config.json has add_prefix_space: true, which transformers applies instead',
  )
  expect(await (await spaced(false)).encode('a')).toEqual([1, 4])
})

test('all type ids are 0 if the model is given none', async () => {
  const typesOf = async (...model_input_names: string[]) => {
    const tokenizer = await open({'tokenizer_config.json': {model_input_names}})
    return (await tokenizer.encodePairs([['a', 'b']]))[0].typeIds
  }
  expect(await typesOf('input_ids', 'token_type_ids', 'attention_mask')).toEqual([0, 0, 0, 1])
  expect(await typesOf('input_ids', 'attention_mask')).toEqual([0, 0, 0, 0])
})

test('a text may hold lone surrogates and NUL, and be very long', async () => {
  const tokenizer = await open({})
  expect(await tokenizer.encode('a \ud800 \0 \ufffd b')).toEqual([1, 4, 3, 3, 3, 5])
  expect(await tokenizer.encode('a '.repeat(20_000))).toHaveLength(20_001)
})

test('where the token of the unknown is missing, a text that needs it is a fault', async () => {
  const {model, ...rest} = letters()
  const tokenizer = await open({'tokenizer.json': {...rest, model: {...model, unk_token: '[UNK]'}}})
  expect(await tokenizer.encode('a b')).toEqual([1, 4, 5])
  await expect(tokenizer.encode('z')).rejects.toMatchObject({
    kind: 'input',
    message: expect.stringMatching(/tokenizer\.json: .*\[UNK\]/),
  })
})

test('decoding leaves out special tokens and ids beyond the vocabulary', async () => {
  const tokenizer = await open({})
  expect(tokenizer.decode([1, 4, 5, 999, 2, 0, 10])).toBe('a b Ä')
  expect(tokenizer.decode([])).toBe('')
})

test('decoding is the work of the decoder in the file', async () => {
  const decoder = {
    type: 'Sequence',
    decoders: [{type: 'Replace', pattern: {String: 'Ä'}, content: ' ,'}, {type: 'Fuse'}],
  }
  const tokenizer = await open({'tokenizer.json': letters({decoder})})
  expect(tokenizer.decode([4, 10, 5])).toBe('a ,b')
})

test('a token is known as it stands in the vocabulary', async () => {
  const tokenizer = await open({})
  expect([tokenizer.vocab, tokenizer.piece(2), tokenizer.piece(999)]).toEqual([11, '</s>', undefined])
})

// Without a pad token the eos token stands in, or 0.
test.each([
  ['nothing', {}, [undefined, undefined, 0]],
  ['tokenizer_config.json', {'tokenizer_config.json': {bos_token: '<s>', eos_token: {content: '</s>'}}}, [1, 2, 2]],
  ['special_tokens_map.json', {'special_tokens_map.json': {eos_token: '</s>', pad_token: '<unk>'}}, [undefined, 2, 3]],
  ['config.json', {'config.json': {bos_token_id: 1, eos_token_id: 2, pad_token_id: null}}, [1, 2, 2]],
  ['generation_config.json', {'generation_config.json': {eos_token_id: [2, 3]}}, [undefined, 2, 2]],
  [
    'a name that the model has no row for',
    {'tokenizer_config.json': {pad_token: '[PAD]'}, 'config.json': {vocab_size: 11}},
    [undefined, undefined, 0],
  ],
  ['a name that is new', {'tokenizer_config.json': {pad_token: '[PAD]'}}, [undefined, undefined, 11]],
  ['a number out of the vocabulary', {'config.json': {pad_token_id: 11, eos_token_id: -1}}, [undefined, undefined, 0]],
])('bos, eos and pad from %s', async (_, files, ids) => {
  const {bos, eos, pad} = await open(files)
  expect([bos, eos, pad]).toEqual(ids)
})

test('a name stands before a number, generation_config.json before config.json', async () => {
  const tokenizer = await open({
    'tokenizer_config.json': {eos_token: '</s>'},
    'generation_config.json': {eos_token_id: 3, pad_token_id: 3},
    'config.json': {eos_token_id: 1, pad_token_id: 0},
  })
  expect([tokenizer.eos, tokenizer.pad]).toEqual([2, 3])
})

// As transformers 4.46, 4.57 and 5.24 do.
test('tokens that are named or listed in tokenizer_config.json alone are added, and named ones are special', async () => {
  const {added_tokens, ...rest} = letters()
  const json = {...rest, added_tokens: added_tokens.filter(({content}) => content !== '</s>')}
  const openWith = (config: object, tokens: object = json) =>
    open({'tokenizer.json': tokens, 'tokenizer_config.json': config})
  expect(await (await openWith({})).encode('a</s>')).toEqual([1, 4, 3, 3, 3])
  const tokenizer = await openWith({
    eos_token: '</s>',
    additional_special_tokens: ['<new>'],
    added_tokens_decoder: {11: {content: '<listed>', rstrip: true}},
  })
  const ids = await tokenizer.encode('a</s><new>b<listed> c')
  expect(ids).toEqual([1, 4, 2, 12, 5, 11, 6])
  expect(tokenizer.decode(ids)).toBe('a b <listed> c')
  expect(tokenizer).toMatchObject({eos: 2, vocab: 13})

  const plain = {...rest, added_tokens: added_tokens.map(token => ({...token, special: false}))}
  expect((await openWith({eos_token: '</s>'}, plain)).decode([4, 2])).toBe('a')
})

// As transformers 5.24 does.
test.each([
  ['a list', {extra_special_tokens: ['<x>']}, ['<x>']],
  ['a map', {extra_special_tokens: {image_token: '<x>'}, additional_special_tokens: ['<y>']}, ['<x>', '<y>']],
  ['a key of its own', {image_token: '<x>', video_token: {__type: 'AddedToken', content: '<y>'}}, ['<x>', '<y>']],
  ['both lists', {extra_special_tokens: ['<x>'], additional_special_tokens: ['<y>']}, ['<x>']],
  ['an empty list', {extra_special_tokens: [], additional_special_tokens: ['<x>']}, ['<x>']],
])('special tokens without a role are added: %s', async (_, config, added) => {
  const tokenizer = await open({'tokenizer_config.json': {...config, add_bos_token: false, image_token_id: 5}})
  expect(Array.from({length: tokenizer.vocab - 11}, (_, i) => tokenizer.piece(11 + i))).toEqual(added)
  expect(await tokenizer.encode('a<x>b', {special: false})).toEqual([4, 11, 5])
  expect(tokenizer.decode([4, 11, 5])).toBe('a b')
})

test('lists of special tokens must be lists', async () => {
  await expect(open({'tokenizer_config.json': {extra_special_tokens: '<x>'}})).rejects.toThrow(
    /tokenizer_config\.json: "extra_special_tokens" is neither a list nor a map$/,
  )
  await expect(open({'tokenizer_config.json': {additional_special_tokens: '<x>'}})).rejects.toThrow(
    /tokenizer_config\.json: "additional_special_tokens" is not a list$/,
  )
})

// As transformers 4.57 does.
test('special_tokens_map.json adds to the additional special tokens of tokenizer_config.json', async () => {
  const tokenizer = await open({
    'tokenizer_config.json': {additional_special_tokens: ['<x>', '<y>']},
    'special_tokens_map.json': {additional_special_tokens: ['<y>', {content: '<z>'}]},
  })
  expect([11, 12, 13].map(tokenizer.piece)).toEqual(['<x>', '<y>', '<z>'])
  expect(tokenizer.vocab).toBe(14)
})

test('special_tokens_map.json overrides a tokenizer_config.json that does not list the added tokens', async () => {
  const eosOf = async (config: object) =>
    (await open({'tokenizer_config.json': config, 'special_tokens_map.json': {eos_token: '<pad>'}})).eos
  expect(await eosOf({eos_token: '</s>'})).toBe(0)
  expect(await eosOf({eos_token: '</s>', added_tokens_decoder: {}})).toBe(2)
  expect(await eosOf({added_tokens_decoder: {}})).toBe(undefined)
})

// As transformers 5.24 does.
test('the flags of a token in added_tokens_decoder count before those in tokenizer.json', async () => {
  const mark = {id: 11, content: '<m>', single_word: false, lstrip: false, rstrip: false, normalized: false}
  const openWith = (own: object, listed: object) =>
    open({
      'tokenizer.json': letters({
        added_tokens: [...letters().added_tokens, {...mark, ...own}],
        pre_tokenizer: {type: 'Split', pattern: {Regex: '.'}, behavior: 'Isolated', invert: false},
      }),
      'tokenizer_config.json': {added_tokens_decoder: {11: {content: '<m>', ...listed}}},
    })
  const encode = async (...flags: readonly [own: object, listed: object]) =>
    (await openWith(...flags)).encode('a <m> b', {special: false})
  expect(await encode({special: true}, {special: true})).toEqual([4, 3, 11, 3, 5])
  expect(await encode({special: true}, {special: true, lstrip: true, rstrip: true})).toEqual([4, 11, 5])
  expect(await encode({special: false, lstrip: true}, {special: false})).toEqual([4, 3, 11, 3, 5])

  const decode = async (own: boolean, listed: boolean) =>
    (await openWith({special: own}, {special: listed})).decode([4, 11, 5])
  expect(await decode(false, true)).toBe('a b')
  expect(await decode(true, false)).toBe('a b')
  expect(await decode(false, false)).toBe('a <m> b')
})

test('the flags of a token in added_tokens.json count only where tokenizer.json does not have it', async () => {
  const token = {
    id: 11,
    content: '<m>',
    single_word: false,
    lstrip: true,
    rstrip: false,
    normalized: false,
    special: true,
  }
  const json = letters({
    added_tokens: [...letters().added_tokens, token],
    pre_tokenizer: {type: 'Split', pattern: {Regex: '.'}, behavior: 'Isolated', invert: false},
  })
  const tokenizer = await open({'tokenizer.json': json, 'added_tokens.json': {'<m>': 11, '<n>': 12}})
  const ids = await tokenizer.encode('a <m> <n>b', {special: false})
  expect(ids).toEqual([4, 11, 3, 12, 5])
  expect(tokenizer.decode([4, 11, 12])).toBe('a <n>')
})

test('a listed token without "normalized" is normalized unless it is special', async () => {
  const encode = async (special: boolean) => {
    const config = {added_tokens_decoder: {11: {content: '<M>', special}}}
    const json = letters({normalizer: {type: 'Lowercase'}})
    return (await open({'tokenizer.json': json, 'tokenizer_config.json': config})).encode('<m>', {special: false})
  }
  expect(await encode(false)).toEqual([11])
  expect(await encode(true)).toEqual([3, 3, 3])
})

test('add_bos_token and add_eos_token count in the classes that know them', async () => {
  const config = {bos_token: '<s>', eos_token: '</s>', add_bos_token: false, add_eos_token: true}
  const encodeAs = async (tokenizer_class: string) =>
    (await open({'tokenizer_config.json': {...config, tokenizer_class}})).encode('a')
  for (const name of ['LlamaTokenizer', 'LlamaTokenizerFast', 'GPTNeoXTokenizer', 'GemmaTokenizerFast'])
    expect(await encodeAs(name)).toEqual([4, 2])
  for (const name of ['PreTrainedTokenizerFast', 'GPT2Tokenizer', 'Qwen2Tokenizer'])
    expect(await encodeAs(name)).toEqual([1, 4])
  const ofModel = async (model_type: string) =>
    (await open({'tokenizer_config.json': config, 'config.json': {model_type}})).encode('a')
  expect(await ofModel('llama')).toEqual([4, 2])
  expect(await ofModel('gpt2')).toEqual([1, 4])
})

test.each([
  [true, true, [1, 4, 2], [1, 4, 2, 1, 5, 2]],
  [true, false, [1, 4], [1, 4, 2, 5]], // as the file does: its own pair template stays
  [false, true, [4, 2], [4, 2, 5, 2]],
  [false, false, [4], [4, 5]],
  [undefined, undefined, [1, 4], [1, 4, 2, 5]],
])('add_bos_token %s and add_eos_token %s decide what is added', async (bos, eos, single, pair) => {
  const config = {bos_token: '<s>', eos_token: '</s>', add_bos_token: bos, add_eos_token: eos}
  const tokenizer = await open({'tokenizer_config.json': config})
  expect(await tokenizer.encode('a')).toEqual(single)
  expect((await tokenizer.encodePairs([['a', 'b']]))[0].ids).toEqual(pair)
})

test('one token as bos and eos is added where it is asked for', async () => {
  const both = {bos_token: '<s>', eos_token: '<s>'}
  const ends = async (flags: object) => (await open({'tokenizer_config.json': {...both, ...flags}})).encode('a')
  expect(await ends({})).toEqual([1, 4])
  expect(await ends({add_eos_token: true})).toEqual([1, 4, 1])
  expect(await ends({add_bos_token: false})).toEqual([4])
})

test.each([
  ['{', /tokenizer\.json: not JSON: /],
  ['[]', /tokenizer\.json: not a JSON object: \[\]$/],
  [{}, /tokenizer\.json: not a tokenizer: /],
  [letters({model: {type: 'Ngram'}}), /tokenizer\.json: not a tokenizer: /],
])('a broken tokenizer.json is a fault of the input', async (content, message) => {
  await expect(open({'tokenizer.json': content})).rejects.toMatchObject({
    name: 'Fault',
    kind: 'input',
    message: expect.stringMatching(message),
  })
})

test('an added token of which normalization leaves nothing is a fault', async () => {
  const space = {
    id: 11,
    content: ' ',
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: true,
    special: false,
  }
  const changes = {normalizer: {type: 'Strip', strip_left: true, strip_right: true}}
  const opened = (token: object) =>
    open({'tokenizer.json': letters({...changes, added_tokens: [...letters().added_tokens, token]})})
  await expect(opened(space)).rejects.toThrow(
    /tokenizer\.json: not a usable tokenizer: its normalizer removes the added token " "$/,
  )
  await expect((await opened({...space, normalized: false})).encode('Ä b')).resolves.toEqual([1, 10, 11, 5])
})

test('an added token of white space that the token before it may take is a fault', async () => {
  const token = (id: number, content: string, flags: object) => ({...letters().added_tokens[0], id, content, ...flags})
  const opened = (changes: {first?: object; second?: object}, files = {}) =>
    open({
      'tokenizer.json': letters({
        normalizer: {type: 'Replace', pattern: {String: '~'}, content: ' '},
        added_tokens: [
          ...letters().added_tokens,
          token(11, '<m>', {rstrip: true, ...changes.first}),
          token(12, '\n', {lstrip: true, ...changes.second}),
        ],
      }),
      ...files,
    })
  const message = (second: string) =>
    `tokenizer.json: not a usable tokenizer: the added token ${second} (lstrip: true) after "<m>" (rstrip: true) ends the process; set one of these to false in a copy of the model`
  await expect(opened({})).rejects.toThrow(message('"\\n"'))
  const normalized = {normalized: true}
  await expect(opened({first: normalized, second: {content: '~', ...normalized}})).rejects.toThrow(message('"~"'))
  const config = {added_tokens_decoder: {11: {content: '<m>', rstrip: true, special: true}}}
  await expect(opened({first: {rstrip: false}}, {'tokenizer_config.json': config})).rejects.toThrow(message('"\\n"'))

  const encode = async (changes: Parameters<typeof opened>[0]) =>
    (await opened(changes)).encode('a <m>\n\nb', {special: false})
  expect(await encode({first: {rstrip: false}})).toEqual([4, 11, 12, 12, 5])
  expect(await encode({first: normalized})).toEqual([4, 11, 12, 12, 5])
  expect(await encode({second: {rstrip: true}})).toEqual([4, 11, 5])
  expect(await encode({second: {content: '\nb'}})).toEqual([4, 11, 12])
})

test('broken files beside it are faults of the input', async () => {
  await expect(open({'config.json': '{"eos_token_id": '})).rejects.toThrow(/config\.json: not JSON: /)
  await expect(open({'tokenizer_config.json': {add_eos_token: true}})).rejects.toThrow(
    /tokenizer_config\.json: add_eos_token is set, but there is no eos_token$/,
  )
})

test('a folder without tokenizer.json is a fault that says what is there instead', async () => {
  await expect(openTokenizer(await modelFolder({}))).rejects.toThrow(
    /tokenizer\.json: no such file, nor spm\.model or sentencepiece\.bpe\.model or tokenizer\.model$/,
  )
  await expect(openTokenizer(await modelFolder({'vocab.txt': '[UNK]\n'}))).rejects.toThrow(
    /; write it from vocab\.txt with transformers: AutoTokenizer\.from_pretrained\(folder\)\.save_pretrained\(folder\)$/,
  )
  await expect(openTokenizer(await modelFolder({'spm.model': ''}))).rejects.toThrow(
    /spm\.model: not a SentencePiece model: it has no pieces$/,
  )
})

test('a tokenizer of Qwen2 and Qwen3 ends a text with <|im_end|>, pads with <|endoftext|>, and composes accents', async () => {
  const tokenizer = await openTokenizer(join(import.meta.dirname, '../../test/goldens/tokenizers/qwen2-byte-level'))
  const {eos, pad} = tokenizer
  expect([eos, pad].map(id => id !== undefined && tokenizer.piece(id))).toEqual(['<|im_end|>', '<|endoftext|>'])
  expect((await tokenizer.encode('a<|im_end|>')).at(-1)).toBe(eos)
  expect(await tokenizer.encode('e\u0301')).toEqual(await tokenizer.encode('\u00e9'))
})
