import {expect, test} from 'vitest'
import {type PickleOptions, type PickleValue, unpickle} from './pickle.ts'

const GLOBALS: PickleOptions['globals'] = new Map([
  ['a.pair', (items: readonly PickleValue[]) => [...items]],
  ['a.Class', undefined],
])
const run = (program: string) => unpickle(Buffer.from(program, 'latin1'), {globals: GLOBALS, persistent: id => [id]})

// python -c "import pickle; print(pickle.dumps([...], protocol))"
const VALUES: readonly (readonly [string, string, PickleValue])[] = [
  ['nothing', '\x80\x02N.', undefined],
  ['truths', '\x80\x02\x88\x89\x86.', [true, false]],
  ['whole numbers', '(K\x07M\x01\x02J\xfe\xff\xff\xfft.', [7, 513, -2]],
  ['a long number', '\x8a\x05\x00\x00\x00\x00\x80.', -(2 ** 39)],
  ['a number beyond 2⁵³', '\x8a\x08\x01\x00\x00\x00\x00\x00\x00\x40.', 2n ** 62n + 1n],
  ['the empty number', '\x8a\x00.', 0],
  ['a float', 'G\x3f\xf8\x00\x00\x00\x00\x00\x00.', 1.5],
  ['text', 'X\x03\x00\x00\x00\xc3\xa4b.', 'äb'],
  ['text of protocol 4', '\x80\x04\x95\x06\x00\x00\x00\x00\x00\x00\x00\x8c\x01a\x94.', 'a'],
  ['a list', ']q\x00(K\x01K\x02eK\x03a.', [1, 2, 3]],
  [
    'a dict',
    '}(X\x01\x00\x00\x00aK\x01uX\x01\x00\x00\x00bK\x02s.',
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
  ],
  ['what was put aside', 'K\x05q\x00h\x00\x86.', [5, 5]],
  ['a list and a dict of protocol 0', '(K\x01K\x02l(K\x03K\x04d\x86.', [[1, 2], new Map([[3, 4]])]],
  ['what is taken away', 'K\x05(K\x06K\x0710K\x08.', 8],
  ['bytes and text of Python 2', 'C\x01\xffU\x01aT\x01\x00\x00\x00b\x87.', [Buffer.of(255), 'a', 'b']],
  ['a call', 'ca\npair\nK\x01K\x02\x86R.', [1, 2]],
  ['a call by a name on the stack', '\x8c\x01a\x8c\x04pair\x93)R.', []],
  ['a class named', 'ca\nClass\n.', {kind: 'global', name: 'a.Class'}],
  ['what is stored elsewhere', 'K\x09Q.', [9]],
  ['attributes of a dict, unread', '}}b.', new Map()],
]

test.each(VALUES)('%s', (_, program, value) => {
  expect(run(program)).toEqual({value, end: program.length})
})

test('a program ends at its stop, whatever follows', () => {
  expect(run('K\x01.K\x02.')).toEqual({value: 1, end: 3})
})

test('a list that each of many calls copies is refused', () => {
  const put = `]q\x00(${'N'.repeat(1025)}e0ca\npair\nq\x010`
  const calls = (count: number) => 'h\x01h\x00\x85R0'.repeat(count)
  expect(run(`${put}${calls(1023)}N.`)).toMatchObject({value: undefined})
  expect(() => run(`${put}${calls(1024)}N.`)).toThrow('its pickle copies more than 1048576 items of lists')
})

test('bytes that end before the program are undefined', () => {
  for (const program of [
    '',
    'K',
    'X\xff\xff\xff\xffab',
    '\x8d\xff\xff\xff\xff\xff\xff\xff\xffa',
    'ca\nb',
    '\x8b\x00\x00\x00\x80',
  ]) {
    expect(run(program)).toBeUndefined()
  }
})

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ['a function that is not lent', 'cos\nsystem\n.', /asks for os\.system, which is no part of a tensor/],
  ['the same by a name on the stack', '\x8c\x02os\x8c\x06system\x93.', /asks for os\.system/],
  ['a global named by a number', '\x8c\x02osK\x01\x93.', /asks for a global without a name/],
  ['a name of JavaScript', 'cconstructor\nconstructor\n.', /asks for constructor\.constructor/],
  ['a name with a line break', 'ca\x1b[31m\nb\n.', /asks for a\\u001b\[31m\.b/],
  ['a call of a class', 'ca\nClass\n)R.', /cannot call a\.Class like that/],
  ['a call of a number', 'K\x01)R.', /calls a value that is not a function/],
  ['a call without a tuple', 'ca\npair\nNR.', /cannot call a\.pair like that/],
  ['an empty stack', '.', /takes from an empty stack/],
  ['what lies below a mark', 'K\x01(0.', /takes from an empty stack/],
  ['a missing mark', 'K\x01t.', /has no mark/],
  ['nothing put aside', 'h\x05.', /reads memo 5, which it never wrote/],
  ['a key without a value', '}(K\x01u.', /a key without a value/],
  ['an item of a list', ']K\x01K\x02s.', /sets an item of a value that is not a dict/],
  ['an append to a dict', '}K\x01a.', /appends to a value that is not a list/],
  ['attributes of a list', ']}b.', /sets attributes of a value that has none/],
  ['an instruction of no protocol', '\xff.', /unknown instruction 0xff at byte 0/],
  ['an instruction that makes instances', '(ios\nsystem\n.', /unknown instruction 0x69 at byte 1/],
  ['a later protocol', '\x80\x06.', /is of protocol 6; known: up to 5/],
  ['a number without end', `\x8a\xff${'\x01'.repeat(255)}.`, /has a number of 255 bytes/],
  ['text that is no UTF-8', 'X\x01\x00\x00\x00\xff.', /text that is not UTF-8/],
  ['more steps than any file needs', 'N'.repeat(1_100_000), /takes more than 1048576 steps/],
]

test.each(REFUSED)('a program with %s is refused', (_, program, message) => {
  const refused = () => run(program)
  expect(refused).toThrow(
    expect.objectContaining({name: 'Fault', kind: 'input', message: expect.stringMatching(message)}),
  )
})

test('a list in itself and very deep tuples are values like others', () => {
  expect(run(']q\x00h\x00a.')?.end).toBe(7)
  expect(run(`)${'\x85'.repeat(200_000)}.`)?.end).toBe(200_002)
})
