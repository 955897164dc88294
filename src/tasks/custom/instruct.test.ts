import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {letters, modelFolder} from '../../../test/models/tokenizer.ts'
import {IGNORED} from '../../tensor/cross-entropy.ts'
import {openTokenizer} from '../../tokenizer/tokenizer.ts'
import {SCORERS, scorerOf} from '../task.ts'
import {buildInstruct} from './instruct.ts'
import {compilePattern, patternMistake} from './pattern.ts'
import {templateMistake} from './template.ts'

const CHAT =
  "{{ bos_token }}{% for m in messages %}{{ {'system': ' e ', 'user': ' c ', 'assistant': ' d '}[m.role] }}{{ m.content }}{{ '</s>' if m.role == 'assistant' }}{% endfor %}{{ ' d ' if add_generation_prompt }}"
const openModel = (chat_template?: string) =>
  modelFolder({
    'tokenizer.json': letters(),
    'tokenizer_config.json': {bos_token: '<s>', eos_token: '</s>', chat_template},
  })
const folder = await openModel(CHAT)
const tokenizer = await openTokenizer(folder)
const files = {folder, tokenizer}

async function write(name: string, ...records: readonly object[]): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, records.map(record => `${JSON.stringify(record)}\n`).join(''))
  return path
}

/** The tokens that count for the loss, with a dot for each other one. */
const piecesOf = (ids: Int32Array) => Array.from(ids, id => (id === IGNORED ? '·' : tokenizer.piece(id))).join('')

const open = async (settings = {}) => buildInstruct(settings).open!(files)
const user = (content: string) => ({role: 'user', content})
const assistant = (content: string) => ({role: 'assistant', content})

test.each([
  ['messages', {messages: [user('ab'), assistant('ba')]}, {}],
  [
    'ShareGPT',
    {
      conversations: [
        {from: 'human', value: 'ab'},
        {from: 'gpt', value: 'ba'},
      ],
    },
    {},
  ],
  [
    'parts of text',
    {
      messages: [
        {
          role: 'user',
          content: [
            {type: 'text', text: 'a'},
            {type: 'text', text: 'b'},
          ],
        },
        {role: 'assistant', content: [{type: 'text', text: 'ba', image_url: null}]},
      ],
    },
    {},
  ],
  ['Alpaca', {instruction: 'ab', input: '', output: 'ba'}, {}],
  ['mapped columns', {question: 'ab', answer: 'ba'}, {prompt: 'question', target: 'answer'}],
  ['mapped messages', {chat: [user('ab'), assistant('ba')]}, {messages: 'chat'}],
])('%s are conversations for the chat template', async (name, record, columns) => {
  const task = await open({columns})
  const file = await write(`${name}.jsonl`, record)
  expect(await task.readTest(file)).toMatchObject([{prompt: '<s> c ab d ', gold: 'ba'}])
  expect(await task.readTraining(file)).toMatchObject([{prompt: '<s> c ab d ', target: 'ba</s>', where: `${file}:1`}])
})

test('an item has the hash of its record, which other prompts of it share', async () => {
  const columns = {prompt: 'question', target: 'answer'}
  const record = (question: string) => ({question, answer: 'ba', level: 2})
  const file = await write('items.jsonl', record('ab'), record('cd'))
  const csv = join(folder, 'items.csv')
  await writeFile(csv, 'level,question,answer\n2,ab,ba\n2,cd,ba\n')
  const template = (template: string) => buildInstruct({columns, template} as object)
  const hashesOf = async (task: Pick<ReturnType<typeof buildInstruct>, 'readTest'>, path = file) =>
    (await task.readTest(path)).map(({item}) => item)
  const [first, second] = await hashesOf(template('{question}:'))
  expect(first).toMatch(/^[\da-f]{16}$/)
  expect(second).not.toBe(first)
  for (const task of [template('Q: {question}'), buildInstruct({columns}), await open({columns})])
    expect(await hashesOf(task)).toEqual([first, second])
  expect(await hashesOf(template('{question}:'), csv)).toEqual([first, second])
})

test('an input or a system text of null is none', async () => {
  const file = await write('null.jsonl', {instruction: 'ab', input: null, output: 'ba', system: null})
  for (const columns of [{}, {system: 'system'}]) {
    expect(await (await open({columns})).readTest(file)).toMatchObject([{prompt: '<s> c ab d ', gold: 'ba'}])
  }
})

test('a role is never a property that every object inherits', async () => {
  const file = await write('role.jsonl', {
    conversations: [
      {from: 'human', value: 'ab'},
      {from: 'constructor', value: 'ba'},
    ],
  })
  await expect((await open()).readTest(file)).rejects.toThrow('its roles: user, constructor')
})

test('Alpaca’s input stands below its instruction, a system text before both', async () => {
  const file = await write('alpaca.jsonl', {instruction: 'a', input: 'b', output: 'c', system: 'f'})
  expect(await (await open()).readTest(file)).toMatchObject([{prompt: '<s> e f c a\n\nb d ', gold: 'c'}])
})

test('a question is an instruction and perhaps its input, what the recipe maps, or a text for each column of the template', async () => {
  const chat = await open()
  expect(chat.inputs).toEqual([{name: 'instruction'}, {name: 'input', isOptional: true}])
  expect(await chat.promptOf(['a'])).toBe('<s> c a d ')
  expect(await chat.promptOf(['a', ' '])).toBe('<s> c a d ')
  expect(await chat.promptOf(['a', 'b'])).toBe('<s> c a\n\nb d ')
  const inputsOf = (settings: object) => buildInstruct(settings).inputs.map(({name}) => name)
  expect(inputsOf({columns: {prompt: 'question'}})).toEqual(['question'])
  expect(inputsOf({columns: {target: 'answer'}})).toEqual(['prompt'])
  expect(inputsOf({columns: {messages: 'turns'}})).toEqual(['message'])
  const template = 'a {input} {{b}} { instruction }{input} '
  expect(inputsOf({template})).toEqual(['input', 'instruction'])
  expect(await buildInstruct({template}).promptOf(['x', 'y'])).toBe('a x {b} yx')
})

test('the loss counts the answers of all turns and the ends of these turns, and nothing else', async () => {
  const file = await write('turns.jsonl', {messages: [user('a b'), assistant('f'), user('a'), assistant('b a')]})
  const task = await open()
  const {examples} = await task.encode(tokenizer, await task.readTraining(file), 100)
  const [{ids, labels}] = examples
  expect(piecesOf(ids)).toBe('<s>cabdf</s>cadba</s>')
  expect(piecesOf(labels)).toBe('·····f</s>···ba</s>')
  expect(ids.filter(id => id === tokenizer.bos)).toHaveLength(1)
})

test('long conversations are truncated at their end, and left out where no answer remains', async () => {
  const file = await write(
    'long.jsonl',
    {messages: [user('a b'), assistant('f e d c b a')]},
    {messages: [user('a b c d e f a b c d e f'), assistant('f')]},
  )
  const task = await open()
  const {examples, warnings} = await task.encode(tokenizer, await task.readTraining(file), 8)
  expect(examples.map(({ids}) => ids.length)).toEqual([8])
  expect(warnings.join()).toContain('its target loses its end')
  expect(warnings.join()).toContain('its prompt alone fills them and it is left out')
})

test('a template that ends no turn with a special token gets the eos', async () => {
  const plain = await openModel('{% for m in messages %}{{ m.content }}{% endfor %}')
  const task = await buildInstruct({}).open!({folder: plain, tokenizer})
  const file = await write('plain.jsonl', {messages: [user('a b '), assistant('b a')]})
  const {examples} = await task.encode(tokenizer, await task.readTraining(file), 100)
  expect(piecesOf(examples[0].ids)).toBe('abba</s>')
  expect(piecesOf(examples[0].labels)).toBe('··ba</s>') // or the model would never learn to end
  expect(task.stopIds).toEqual([])
  expect((await open()).stopIds).toEqual([tokenizer.eos])
})

test('a turn that ends with ordinary text ends an output there, and scorers leave that text out', async () => {
  const ending = async (end: string) => {
    const vocab = {'<unk>': 0, '</s>': 1, a: 2, b: 3, e: 4, f: 5, ';': 6}
    const folder = await modelFolder({
      'tokenizer.json': letters({model: {type: 'WordLevel', vocab, unk_token: '<unk>'}, added_tokens: []}),
      'tokenizer_config.json': {
        eos_token: '</s>',
        chat_template: `{% for m in messages %}{{ m.content }}${end}\n{% endfor %}`,
      },
    })
    return buildInstruct({}).open!({folder, tokenizer: await openTokenizer(folder)})
  }
  const isRight = (scorer: Pick<ReturnType<typeof scorerOf>, 'extract' | 'correct'>, output: string, gold: string) =>
    scorer.correct(scorer.extract(output) ?? '', gold)

  const worded = await ending(' e f')
  expect([worded.stop, worded.stopIds]).toEqual([['e f'], []])
  const punctuated = await ending(';')
  expect(punctuated.stop).toEqual([]) // an answer may have one within
  for (const scorer of SCORERS.map(name => scorerOf(punctuated, name))) {
    expect(isRight(scorer, ' a; b;\n', 'a; b')).toBe(true)
    expect(isRight(scorer, ' a; b', 'a; b')).toBe(true)
    expect(isRight(scorer, ' a; b;\n', 'a')).toBe(false)
  }
  const file = await write('ended.jsonl', {messages: [user('a'), assistant('b;')]})
  expect(await punctuated.readTest(file)).toMatchObject([{prompt: 'a;\n', gold: 'b;'}])
  expect(isRight(punctuated, 'b;;', 'b;')).toBe(true)
  expect((await open()).stop).toEqual([]) // a special token ends its turns
})

test('of a template that formats earlier turns differently, each answer is an example', async () => {
  const forgetful = await openModel(
    "{% for m in messages %}{{ m.content if loop.last or m.role == 'user' }}{% endfor %}",
  )
  const task = await buildInstruct({}).open!({folder: forgetful, tokenizer})
  const file = await write('two.jsonl', {messages: [user('a'), assistant('b'), user('c'), assistant('d')]})
  expect(await task.readTraining(file)).toMatchObject([
    {prompt: 'a', target: 'b', where: `${file}:1`},
    {prompt: 'ac', target: 'd', where: `${file}:1`},
  ])
})

test('what a template writes before every answer belongs to the prompt: an empty block of thoughts', async () => {
  const thinking = await openModel(
    "{% for m in messages %}{{ {'user': ' c ', 'assistant': ' d '}[m.role] }}{{ 'ee ' if loop.last and m.role == 'assistant' }}{{ m.content }}{{ '</s>' if m.role == 'assistant' }}{% endfor %}{{ ' d ' if add_generation_prompt }}",
  )
  const task = await buildInstruct({}).open!({folder: thinking, tokenizer})
  const file = await write('thinking.jsonl', {messages: [user('a'), assistant('b'), user('f'), assistant('ba')]})
  expect(await task.promptOf(['a'])).toBe(' c a d ee ')
  expect(await task.readTest(file)).toMatchObject([{prompt: ' c a d b</s> c f d ee ', gold: 'ba'}])
  const own = await write('own.jsonl', {messages: [user('a'), assistant('e b')]}) // with thoughts of its own
  const dropping = await openModel(
    "{% for m in messages %}{{ {'user': ' c ', 'assistant': ' d '}[m.role] }}{{ 'ee ' if loop.last and m.role == 'assistant' and 'e' not in m.content }}{{ m.content }}{{ '</s>' if m.role == 'assistant' }}{% endfor %}{{ ' d ' if add_generation_prompt }}",
  )
  const thoughtful = await buildInstruct({}).open!({folder: dropping, tokenizer})
  expect(await thoughtful.readTest(own)).toMatchObject([{prompt: ' c a d ', gold: 'e b'}])
  expect(await thoughtful.readTraining(own)).toMatchObject([{prompt: ' c a d ', target: 'e b</s>'}])

  expect(await task.readTraining(file)).toMatchObject([
    {prompt: ' c a d ee ', target: 'b</s>'},
    {prompt: ' c a d b</s> c f d ee ', target: 'ba</s>'},
  ])
})

const diverges = (prompt: string, whole: string) =>
  `writes another prompt once the answer follows: ${prompt} becomes ${whole}; write the prompt yourself: data.template: '…{column}…'`

test.each([
  [
    'the system text before the last message, as Mistral’s do',
    "{% for m in messages %}{{ 'e' if loop.last and m.role == 'user' }}{{ m.content }};{% endfor %}",
    diverges('"ea b;"', '"a b;f;"'),
  ],
  [
    'the beginning of thoughts that the answer does not have',
    "{% for m in messages %}{{ ' d ' if m.role == 'assistant' }}{{ m.content }}{% endfor %}{{ ' d <think>' if add_generation_prompt }}",
    diverges('"a b d <think>"', '"a b d f"'),
  ],
])('a template is refused that writes into the prompt alone %s', async (_, text, message) => {
  const folder = await openModel(text)
  const task = await buildInstruct({}).open!({folder, tokenizer})
  const file = await write('diverging.jsonl', {messages: [user('a b'), assistant('f')]})
  const whole = `${file}:1: the chat template of ${join(folder, 'tokenizer_config.json')} ${message}`
  await expect(task.readTraining(file)).rejects.toMatchObject({kind: 'input', message: whole})
  await expect(task.readTest(file)).rejects.toMatchObject({kind: 'input', message: whole})
})

test('white space may end the prompt alone: tests ask as training does', async () => {
  const spaced = await openModel(
    "{% for m in messages %}{{ 'd:' if m.role == 'assistant' }}{{ m.content }};{% endfor %}{{ 'd: ' if add_generation_prompt }}",
  )
  const task = await buildInstruct({}).open!({folder: spaced, tokenizer})
  const file = await write('spaced.jsonl', {messages: [user('a b'), assistant('f')]})
  expect(await task.readTraining(file)).toMatchObject([{prompt: 'a b;d:', target: 'f;'}])
  expect(await task.readTest(file)).toMatchObject([{prompt: 'a b;d:', gold: 'f'}])
})

test('a chat template sees the other texts of a message, and calls of tools are refused', async () => {
  const thoughtful = await openModel(
    "{% for m in messages %}{{ m.reasoning_content ~ ' ' if m.reasoning_content is defined }}{{ m.content }};{% endfor %}",
  )
  const task = await buildInstruct({}).open!({folder: thoughtful, tokenizer})
  const answer = {...assistant('f'), reasoning_content: 'c d', tool_calls: null, weight: 1}
  const file = await write('thoughts.jsonl', {messages: [user('a b'), answer], tools: []})
  expect(await task.readTraining(file)).toMatchObject([{prompt: 'a b;', target: 'c d f;'}])
  expect(await task.readTest(file)).toMatchObject([{prompt: 'a b;', gold: 'f'}])
})

test.each([{weight: 0}, {train: false}, {training: false}])(
  'the loss does not count an answer with %j, and no test asks for it',
  async mark => {
    const left = {...assistant('f'), ...mark}
    const counted = {...assistant('b a'), weight: 1, train: true, training: true}
    const messages = [{...user('a'), weight: 0}, left, user('e'), counted, user('d'), left]
    const file = await write('marked.jsonl', {system: 'c', messages})
    const task = await open()
    const {examples} = await task.encode(tokenizer, await task.readTraining(file), 100)
    expect(examples.map(({labels}) => piecesOf(labels))).toEqual(['···········ba</s>'])
    expect(await task.readTest(file)).toMatchObject([{prompt: '<s> e c c a d f</s> c e d ', gold: 'b a'}])
  },
)

test('a prompt template is filled with columns, and its target ends in an eos', async () => {
  const task = buildInstruct({template: 'a {question} {{b}} c ', columns: {target: 'answer'}})
  const file = await write('filled.jsonl', {question: 'e f', answer: 'b a'})
  expect(await task.readTest(file)).toMatchObject([{prompt: 'a e f {b} c', gold: 'b a'}])
  expect(await task.readTraining(file)).toMatchObject([{prompt: 'a e f {b} c', target: ' b a'}]) // the space is the answer's
  const {examples} = await task.encode(tokenizer, await task.readTraining(file), 100)
  const counted = examples[0].labels.filter(id => id !== IGNORED)
  expect(piecesOf(counted)).toBe('ba</s>')
})

test('a template that names a column that is missing is refused at the template', async () => {
  const file = await write('missing.jsonl', {questions: 'ef', output: 'ba'})
  await expect(buildInstruct({template: '{question}'}).readTest(file)).rejects.toMatchObject({
    message: `${file}:1: column "question" is missing; found: questions, output; did you mean questions?`,
    at: ['data', 'template'],
  })
  expect(templateMistake('no column')).toMatch('names no column')
  expect(templateMistake('a {b} }')).toBe('has a single } at character 7; a column is {name}, a brace is {{ or }}')
})

test.each([
  [{text: 'a'}, 'not a conversation; found: text; accepted: messages, conversations (ShareGPT)'],
  [{messages: [user('a')]}, 'a conversation must end with an answer of the assistant; its roles: user'],
  [{messages: 'a'}, 'messages must be a list, not "a"'],
  [{instruction: null, output: 'a'}, 'column "instruction" is not a text: null; fill it or remove the record'],
  [
    {instruction: ['a', 'b'], output: ['c', 'd']},
    `column "instruction" is not a text: ["a","b"]; if these are the column's values, write one record a line, as pandas`,
  ],
  [
    {messages: [user('a'), {...assistant(''), tool_calls: [{function: {name: 'f'}}]}, assistant('b')]},
    'message 2 has "tool_calls"; svft trains on conversations without calls of tools; remove the record',
  ],
  [{messages: [user('a'), assistant('b')], tools: '[{"name": "f"}]'}, '"tools" is not empty; svft trains on'],
  [{messages: [user('a'), assistant('b')], functions: [{name: 'f'}]}, '"functions" is not empty; svft trains on'],
  [{messages: [user('a'), {...assistant('b'), function_call: {name: 'f'}}]}, 'message 2 has "function_call"; svft'],
  [{conversations: [{from: 'observation', value: '4'}]}, 'message 1 is of the role observation; svft trains on'],
  [
    {messages: [user('a'), {...assistant('b'), weight: 0}]},
    'all answers are left out (weight: 0 or train: false); remove',
  ],
  [{messages: [assistant('a'), user('a'), {...assistant('b'), weight: 0}]}, 'nothing stands before the only answer'],
  [
    {messages: [user('a'), {...assistant('b'), train: 'false'}]},
    'message 2: "train" must be true or false, not "false"',
  ],
  [{messages: [user('a'), {...assistant('b'), weight: 0.5}]}, 'message 2 must have a weight of 0 or 1, not 0.5'],
  [
    {messages: [{role: 'user', content: [{type: 'image_url', image_url: {url: 'a.png'}}]}]},
    'message 1 has a part of type "image_url"; svft trains on texts; remove the record',
  ],
  [{messages: [{role: 'user', content: [{type: 'text', text: 3}]}]}, 'message 1 must be {role, content}'],
  [{messages: [{role: 'user', content: 3}]}, 'message 1 must be {role, content} or {from, value}, both texts'],
])('%j is refused', async (record, message) => {
  const file = await write('refused.jsonl', record)
  await expect((await open()).readTraining(file)).rejects.toThrow(`${file}:1: ${message}`)
})

test.each([
  ['{{ messages.__class__ }}', 'nothing'],
  ['abc', '"abc"'],
  [
    "{% for m in messages if m.role == 'user' %}{{ m.content }};{% endfor %}{{ 'd' if add_generation_prompt }}",
    '"a b;"',
  ],
])('a chat template that prints no answer is refused: %s', async (text, printed) => {
  const folder = await openModel(text)
  const task = await buildInstruct({}).open!({folder, tokenizer})
  const file = await write('silent.jsonl', {messages: [user('a b'), assistant('f')]})
  await expect(task.readTraining(file)).rejects.toMatchObject({
    kind: 'input',
    message: `${join(folder, 'tokenizer_config.json')}: the chat template prints no answer of the assistant, so that nothing can be trained on; of ${file}:1 it prints ${printed}`,
  })
})

test('a model without a chat template needs a prompt of the recipe', async () => {
  const bare = await openModel()
  await expect(buildInstruct({}).open!({folder: bare, tokenizer})).rejects.toThrow(
    `${bare}: the tokenizer has no chat template (chat_template.jinja, tokenizer_config.json or chat_template.json); write the prompt yourself: data.template`,
  )
})

test('answers are compared exactly, by containing the gold answer, or by a pattern', async () => {
  const judged = (settings: object, output: string, gold: string) => {
    const {extract, correct} = buildInstruct(settings)
    const found = extract(output)
    return found !== undefined && correct(found, gold)
  }
  expect(judged({}, ' four\n', 'four')).toBe(true)
  expect(judged({}, 'It is four.', 'four')).toBe(false)
  expect(judged({metric: 'contains'}, 'It is four.', 'four')).toBe(true)
  const pattern = {metric: 'pattern', pattern: String.raw`#### (-?\d+)`}
  expect(judged(pattern, '2 + 2 = 4\n#### 4 apples', '4')).toBe(true)
  expect(judged(pattern, '4', '4')).toBe(false)
  const file = await write('pattern.jsonl', {prompt: 'a', output: 'b'})
  await expect(buildInstruct({...pattern, template: '{prompt}'} as object).readTest(file)).rejects.toThrow(
    `${file}:1: evaluate.pattern matches nothing in the target`,
  )
  expect(judged({metric: 'pattern', pattern: 'answer:(.*)'}, 'answer: 4 \n', '4')).toBe(true)
  const whole = {metric: 'pattern', pattern: String.raw`^(\d+)$`}
  expect(judged(whole, ' 4\n', '4')).toBe(true) // the space of a chat template
  const spaced = await write('spaced-target.jsonl', {prompt: 'a', output: '4'})
  const [item] = await buildInstruct({...whole, template: '{prompt}: '} as object).readTest(spaced)
  expect(item).toMatchObject({prompt: 'a:', gold: '4'})
})

test('empty answers are left out of training with a warning, and refused in a test', async () => {
  const record = (output: string) => ({instruction: 'a', input: '', output})
  const file = await write('empty.jsonl', ...[' ', 'b', ''].map(record))
  const none = await write('no-answer.jsonl', record(''))
  for (const task of [await open(), buildInstruct({template: '{instruction} '})]) {
    const {examples, warnings} = await task.encode(tokenizer, await task.readTraining(file), 100)
    const filled = await task.readTraining(await write('filled.jsonl', record('b')))
    expect(examples).toEqual((await task.encode(tokenizer, filled, 100)).examples)
    expect(warnings).toEqual([`${file}:1: its answer is empty and it is left out, as with 1 more of 3 examples`])
    await expect(task.encode(tokenizer, await task.readTraining(none), 100)).rejects.toThrow(
      `no example is left: ${none}:1: its answer is empty`,
    )
    await expect(task.readTest(file)).rejects.toThrow(`${file}:1: the answer is empty; remove the record`)
  }
})

test('answers may be in another Unicode normal form than the gold answer', () => {
  const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301']
  const pattern = {metric: 'pattern', pattern: 'is (.{4})$'}
  for (const [answer, gold] of [
    [composed, decomposed],
    [decomposed, composed],
  ]) {
    for (const metric of ['exact-match', 'contains']) {
      for (const {extract, correct} of SCORERS.map(name => scorerOf(buildInstruct({metric}), name)))
        expect(correct(extract(` ${answer}`) ?? '', gold)).toBe(true)
    }
    const {extract, correct} = buildInstruct(pattern)
    expect(correct(extract(`It is ${answer}`) ?? '', extract(`is ${gold}`) ?? '')).toBe(true)
    const named = buildInstruct({metric: 'pattern', pattern: `${gold}.*`})
    expect(named.extract(`a ${answer} b`)).toBe(`${composed} b`)
  }
})

test('the stricter scorers compare what a pattern extracts, or else the whole output', () => {
  const pattern = {metric: 'pattern', pattern: String.raw`#### (-?\d+)`}
  for (const scorer of ['strict', 'exact'] as const) {
    const judged = (settings: object, output: string) => {
      const {extract, correct} = scorerOf(buildInstruct(settings), scorer)
      const answer = extract(output)
      return answer !== undefined && correct(answer, '4')
    }
    expect(judged(pattern, '2 + 2 = 4\n#### 4')).toBe(true)
    expect(judged(pattern, '#### 5')).toBe(false)
    expect(judged(pattern, '4')).toBe(false)
    expect(judged({metric: 'contains'}, ' 4\n')).toBe(true)
    expect(judged({metric: 'contains'}, 'It is 4.')).toBe(false)
  }
})

test('a pattern that backtracks without end is refused, or stops at the answer: no score depends on the clock', () => {
  expect(() => compilePattern('(?:xy|x|y)+z|answer', 0.1)(`${'xy'.repeat(40)} answer`)).toThrow(
    /^evaluate\.pattern backtracks for more than 0\.1 s on "[xy]+…; write it without nested repetition like /,
  )
  expect(compilePattern('b+')('aabb')).toBe('bb')
  const either = compilePattern(String.raw`#### (\d+)|answer is (\d+)`)
  expect([either('x #### 42'), either('The answer is 42')]).toEqual(['42', '42'])
  for (const pattern of ['(a+)+$', '(?:xy|x|y)+z|answer', '(?:one|on|e)+!', String.raw`(?:\w\d|[a-z]|\d)+!`])
    expect(patternMistake(pattern, 0.3)).toMatch('backtracks for more than 0.3 s')
  expect(patternMistake('(a')).toMatch('is not a regular expression')
  expect(patternMistake(String.raw`answer is:? *(-?[\d.,]+)`)).toBeUndefined()
})
