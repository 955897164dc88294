import {readFileSync} from 'node:fs'
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {openTokenizer} from '../tokenizer.ts'
import {type ChatMessage, readChatTemplate, renderChats} from './template.ts'

const TOKENS = {bos_token: '<s>', eos_token: '</s>'}
const render = async (text: string, limits = {}) => {
  const chat = {messages: [{role: 'user', content: 'Hi'}], prompt: true, where: 'chats.jsonl:3'}
  return (await renderChats({file: 'model/chat_template.jinja', text, tokens: TOKENS}, [chat], limits))[0]
}

test('a template sees the messages, the special tokens and whether an answer is to begin', async () => {
  expect(
    await render(
      '{{ bos_token }}{% for m in messages %}[{{ m.role }}] {{ m["content"] }}{{ eos_token }}{% endfor %}{% if add_generation_prompt %}>{% endif %}',
    ),
  ).toBe('<s>[user] Hi</s>>')
})

test('chat_template.jinja counts before tokenizer_config.json, and both before the chat_template.json of a processor', async () => {
  const at = openFolder()
  expect(await readChatTemplate(at)).toBeUndefined()
  await writeFile(join(at, 'chat_template.json'), JSON.stringify({chat_template: 'b'}))
  expect((await readChatTemplate(at))?.text).toBe('b')
  await writeFile(
    join(at, 'tokenizer_config.json'),
    JSON.stringify({
      bos_token: {content: '<s>'},
      chat_template: [
        {name: 'tool_use', template: 'x'},
        {name: 'default', template: 'a'},
      ],
    }),
  )
  expect(await readChatTemplate(at)).toEqual({
    file: join(at, 'tokenizer_config.json'),
    text: 'a',
    tokens: {bos_token: '<s>'},
  })
  await writeFile(join(at, 'chat_template.jinja'), 'c')
  expect((await readChatTemplate(at))?.text).toBe('c')
})

test('lines that end in CRLF or CR end in LF, as Jinja reads them', async () => {
  const at = openFolder()
  await writeFile(join(at, 'chat_template.jinja'), 'a\r\n{% if true %}\r\nb\r{% endif %}\r\n')
  const template = await readChatTemplate(at)
  expect(template?.text).toBe('a\n{% if true %}\nb\n{% endif %}\n')
  expect(await render(template?.text ?? '')).toBe('a\nb\n')
})

test('special tokens are those of the tokenizer, from the file that counts', async () => {
  const at = openFolder()
  const write = (name: string, content: object) => writeFile(join(at, name), JSON.stringify(content))
  await write('special_tokens_map.json', {eos_token: '<end>', bos_token: '<s>'})
  await write('tokenizer_config.json', {eos_token: '</s>', chat_template: 'a'})
  expect((await readChatTemplate(at))?.tokens).toEqual({eos_token: '<end>', bos_token: '<s>'})
  await write('tokenizer_config.json', {eos_token: '</s>', chat_template: 'a', added_tokens_decoder: {}})
  expect((await readChatTemplate(at))?.tokens).toEqual({eos_token: '</s>'})
})

test('raise_exception refuses a conversation with its message and its line', async () => {
  await expect(render('{{ raise_exception("roles must alternate") }}')).rejects.toMatchObject({
    kind: 'input',
    message: 'chats.jsonl:3: refused by the chat template of model/chat_template.jinja: roles must alternate',
  })
})

test('a template that needs the date is refused, and one that does without is not', async () => {
  await expect(render('{{ strftime_now("%Y") }}')).rejects.toThrow(
    'it needs the date, which would make another run every day',
  )
  expect(await render('{% if strftime_now is defined %}{{ strftime_now("%Y") }}{% else %}2024{% endif %}')).toBe('2024')
})

test.each([
  "{{ ''.constructor.constructor('return process')().pid }}",
  '{{ messages.constructor }}{{ messages.__proto__.polluted }}',
  "{{ raise_exception.constructor('return 1')() }}",
  '{{ namespace.constructor }}',
  "{{ process.env }}{{ require('fs') }}",
  "{{ ''.__class__.__mro__ }}",
])('%s reaches nothing', async text => {
  const rendered = await render(text).catch(({message}) => message as string)
  expect(rendered).not.toMatch(/native code|\d{2,}|\[object/)
})

test.each([
  [
    '{% for i in range(100000) %}{% for j in range(100000) %}{% set x = i %}{% endfor %}{% endfor %}',
    'takes more than 1 s',
  ],
  ['{{ range(1000000000) }}', 'range() of more than 100,000 numbers'],
  [
    '{% set n = namespace(x=["aaaaaaaaaa"]) %}{% for i in range(100) %}{% set n.x = n.x + n.x %}{% endfor %}',
    'takes more than',
  ],
  [
    '{% set n = namespace(x="aaaaaaaaaa") %}{% for i in range(20) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}',
    'characters',
  ],
  [
    '{% set n = namespace(x="ab") %}{% for i in range(27) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x.split("b") | length }}',
    'takes more than 64 MB', // V8 ends the process
  ],
  ['{% for %}', 'model/chat_template.jinja: the chat template cannot be parsed: Unexpected token: CloseStatement'],
])('%s is refused within its limits', async (text, message) => {
  const seconds = message.includes('1 s') ? 1 : 30
  await expect(render(text, {seconds, megabytes: 64, characters: 1_000_000})).rejects.toThrow(message)
})

const cannotCall = (name: string) =>
  `fails (on chats.jsonl:3): it calls ${name}, a function or method that svft's Jinja does not have; write the prompt yourself: data.template: '…{column}…'`
const ENDS_EARLY = 'cannot be parsed: it ends early; close each {{, and each {% for %} and {% if %}'

test.each([
  ["{{ open('/etc/passwd') }}", cannotCall('open')],
  ["{{ range.constructor('return 1')() }}", cannotCall('constructor')],
  ["{{ messages[0].content.find('H') }}", cannotCall('find')],
  [
    "{{ cycler.__init__.__globals__.os.popen('ls') }}",
    'fails (on chats.jsonl:3): it reads __init__ of an undefined value',
  ],
  [
    '{% if messages[0].name.first is defined %}a{% endif %}',
    'fails (on chats.jsonl:3): it reads first of an undefined value',
  ],
  ['{% raw %}a{% endraw %}', 'cannot be parsed: Unknown statement type: raw'],
  ['{% for m in messages %}{{ m.content }}', ENDS_EARLY],
  ['{% if messages %}x', ENDS_EARLY],
  ['{{ messages', ENDS_EARLY],
  ['{# x', 'cannot be parsed: Missing end of comment tag'],
  ['{% endfor %}', 'cannot be parsed: Unknown statement type: endfor'],
  ['{{ (1 }}', 'cannot be parsed: Parser Error: Expected closing parenthesis'],
  ['{{ messages | nofilter }}', 'fails (on chats.jsonl:3): Unknown ArrayValue filter: nofilter'],
])('of the template %s it is said that it is at fault, and how', async (text, message) => {
  await expect(render(text)).rejects.toMatchObject({
    kind: 'input',
    message: `model/chat_template.jinja: the chat template ${message}`,
  })
})

const {templates, cases} = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/chat-templates/cases.json', import.meta.url), 'utf8'),
)

test.each<{name: string; messages: ChatMessage[]; prompt: boolean; text?: string; error?: string}>(cases)(
  'transformers renders $name the same: $messages, prompt $prompt',
  async ({name, messages, prompt, text, error}) => {
    const rendering = renderChats({file: name, ...templates[name]}, [{messages, prompt, where: 'a line'}])
    if (error === undefined) expect(await rendering).toEqual([text])
    else await expect(rendering).rejects.toThrow(error)
  },
)

const numbered = (contents: readonly string[]) =>
  contents.map(content => ({messages: [{role: 'user', content}], prompt: false, where: `chats.jsonl:${content}`}))

test('the conversations of a long file keep their order, and the line of one that fails', async () => {
  const text = '{{ messages[0].content if messages[0].content != "x" else raise_exception("no") }}'
  const numbers = Array.from({length: 250}, (_, i) => String(i))
  expect(await renderChats({file: 'a', text, tokens: {}}, numbered(numbers))).toEqual(numbers)
  await expect(renderChats({file: 'a', text, tokens: {}}, numbered([...numbers, 'x']))).rejects.toThrow(
    'chats.jsonl:x: refused by the chat template of a: no',
  )
})

test('the memory is limited for all conversations together', async () => {
  const text = '{% set n = namespace(x="a") %}{% for i in range(18) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}'
  const chats = numbered(Array(250).fill('a'))
  await expect(renderChats({file: 'a', text, tokens: {}}, chats, {megabytes: 60})).rejects.toThrow('more than 60 MB')
})

test('what a block captures before the loop goes on is lost, and % keeps digits and the sign of the divisor, as in Jinja', async () => {
  const captured =
    '{% for i in range(2) %}{% filter upper %}a{% if i == 0 %}{% continue %}{% endif %}b{% endfilter %}{% endfor %}' +
    '{% for m in messages %}{% set x %}{{ m.role }}{% break %}{% endset %}{% endfor %}'
  expect(await render(captured)).toBe('AB')
  expect(await render('{{ 0.1 % 0.3 }}|{{ -3 % 2 }}|{{ 7 % -4 }}')).toBe('0.1|1|-1')
  await expect(render('{{ 5 % 0 }}')).rejects.toThrow('it divides by 0')
})

test('the ids are those of transformers: no special token is added to a rendered conversation', async () => {
  const tokenizer = await openTokenizer('test/goldens/tokenizers/smollm2')
  const own = cases.filter(({ids}: {ids?: number[]}) => ids)
  expect(own.length).toBeGreaterThan(3)
  for (const {text, ids} of own) expect(await tokenizer.encode(text, {special: false})).toEqual(ids)
})

const renderAll = async (cases: Readonly<Record<string, string>>, content = 'Hi') => {
  for (const [text, expected] of Object.entries(cases)) {
    const chat = {messages: [{role: 'user', content}], prompt: true, where: 'a line'}
    expect(await renderChats({file: 'a', text, tokens: TOKENS}, [chat]), text).toEqual([expected])
  }
}

test('white space around {% generation %} is that of a tag of its own, and its variables end with it, as in transformers', () =>
  renderAll({
    '{{ "v" -}} {% generation %} y {% endgeneration %}\n z': 'v y  z',
    '{%- generation %}\n{{ "v" -}}\n{% endgeneration %}\n\n{{ "w" }}': 'v\nw',
    '{% generation %}\n  {%- generation -%} x {%- endgeneration %}\n{% endgeneration %}': 'x',
    '{% generation %}{% set x = 1 %}{{ x }}{% endgeneration %}{{ x }}': '1',
    '{% for m in messages %}\n    {% generation %}\n{{ m.content }}{% endgeneration %}\n{% endfor %}': 'Hi',
  }))

test('only tags lose the line break after them and the white space before them', () =>
  renderAll({'x -}\n  {- y\n  {# c #}\n z': 'x -}\n  {- y\n z', 'a\u2028  {% if true %}b{% endif %}\n': 'a\u2028  b'}))

test('texts, filters and tests are those of Jinja', () =>
  renderAll(
    {
      '{{ messages[0].content[0] }}{{ messages[0].content[2] }}{{ messages[0].content[9] }}{{ messages[0].content.1 }}':
        '😀iH',
      '{{ messages.length }}{{ "abc".length }}|{{ messages | length }}': '|1',
      '{{ "they\'re ÉCOLE-x" | title }}|{{ "they\'re ÉCOLE-x".title() }}': "They're École-X|They'Re École-X",
      '{{ "12abc" | int }}|{{ " 1_0 " | int }}|{{ "3.7" | int }}|{{ -3.7 | int }}|{{ 2.5 | int(7) }}|{{ "x" | int(7) }}|{{ "1e3" | float }}':
        '0|10|3|-3|2|7|1000.0',
      '{{ x | default(default_value="D") }}{{ x | d("E") }}{{ x | default }}{{ "" | default("F", true) }}': 'DEF',
      '[{{ [] | first }}{{ [] | last }}]': '[]',
      '{{ "a\r\nb\n\nc" | indent }}|{{ "a\nb" | indent(2, true) }}|{{ "a" | indent(">", first=true) }}':
        'a\n    b\n\n    c|  a\n  b|>a',
      '{{ messages[0] is iterable }}{{ x is iterable }}{{ x is sequence }}{{ "" is lower }}{{ "1" is upper }}{{ "a1" is lower }}{{ true is number }}':
        'TrueTrueTrueFalseFalseTrueTrue',
      '{{ true in [1] }}{{ none in [none] }}{{ [1] in [[1]] }}{{ "a" not in [1, "a"] }}{{ "Hi" in messages[0].content }}':
        'TrueTrueTrueFalseTrue',
      '{% for m in messages %}{{ loop.depth }}{{ loop.depth0 }}{% endfor %}': '10',
    },
    '😀Hi',
  ))

test.each([
  ['{{ 2 == 2 == 2 }}', 'cannot be parsed: a chain of comparisons'],
  ['{% if messages[0].role == "user" != true %}{% endif %}', 'cannot be parsed: a chain of comparisons'],
  ['{{ ["b", "A"] | unique }}', 'it uses the filter unique'],
  ['{{ {"b": 1, "A": 2} | tojson(sort_keys=true) }}', 'it uses tojson with sort_keys'],
  ['{{ {"b": 1.0} | tojson }}', 'it uses tojson of a number with a fraction'],
  ['{{ messages | tojson(true) }}', 'it uses tojson with an argument without a name'],
  ['{{ messages | selectattr("name", "undefined") | list }}', 'it uses selectattr with the test undefined'],
  ['{{ "abc".startswith("b", 1) }}', 'it uses startswith with a position'],
])('%s is refused, since the library does something else than Jinja', async (text, message) => {
  await expect(render(text)).rejects.toThrow(message)
})

test('comparisons apart from each other are no chain', () =>
  renderAll({
    '{% for m in messages if m.role == "user" and m.content != "" %}{{ (m.role == "user") != (1 % 2 == 0) }}{% endfor %}':
      'True',
    '{{ "a" if 1 == 1 else 2 == 2 }}{{ [1 == 1, 2 == 2] }}{% set x = 1 == 1 %}{{ not 1 == 2 or 2 in [2] }}':
      'a[True, True]True',
  }))

test('a message has its reasoning under each name that templates read, as in transformers', async () => {
  const text = '{% for m in messages %}{{ m.reasoning_content }}/{{ m.thinking }}/{{ m.reasoning }} {% endfor %}'
  const answer = {role: 'assistant', content: 'b'}
  const messages = [
    {...answer, thinking: 't'},
    {...answer, reasoning: 'r'},
    {...answer, reasoning_content: 'c', thinking: 't'},
    answer,
  ]
  expect(await renderChats({file: 'a', text, tokens: {}}, [{messages, prompt: false, where: 'a line'}])).toEqual([
    't/t/ r/r/r c/t/ // ',
  ])
})
