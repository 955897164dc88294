import {expect, test} from 'vitest'
import {Fault} from '../base/fault.ts'
import {reader, readLabels, readPadding} from './config.ts'

const fault = (message: string) => new Fault('input', `config.json: ${message}`)

test('a key that is absent or null takes its default', () => {
  for (const json of [{}, {key: null}, {key: undefined}]) {
    const read = reader(json)
    expect(read.number('key', 0.5)).toBe(0.5)
    expect(read.integer('key', 3)).toBe(3)
    expect(read.boolean('key', true)).toBe(true)
    expect(read.oneOf('key', ['a', 'b'], 'b')).toBe('b')
  }
})

test('a key that is there is read, zero and false too', () => {
  const read = reader({number: 0, integer: 4, boolean: false, one: 'a'})
  expect(read.number('number', 1)).toBe(0)
  expect(read.integer('integer', 1)).toBe(4)
  expect(read.boolean('boolean', true)).toBe(false)
  expect(read.oneOf('one', ['a', 'b'], 'b')).toBe('a')
})

test('a key without a default must be there', () => {
  for (const json of [{}, {size: null}]) {
    expect(() => reader(json).number('size')).toThrow(fault('missing key: size'))
    expect(() => reader(json).integer('size')).toThrow(fault('missing key: size'))
    expect(() => reader(json).oneOf('size', ['a'])).toThrow(fault('missing key: size'))
  }
})

test('a value of another type is refused with its key and the expected value', () => {
  for (const value of ['1', true, [1], {}, Number.NaN, Number.POSITIVE_INFINITY]) {
    const json = typeof value === 'number' ? `${value}` : JSON.stringify(value)
    expect(() => reader({eps: value}).number('eps')).toThrow(fault(`eps must be a number, not ${json}`))
  }
  for (const value of [0, -1e-5, '1']) {
    const message = `eps must be a positive number, not ${JSON.stringify(value)}`
    expect(() => reader({eps: value}).positive('eps')).toThrow(fault(message))
  }
  for (const value of ['linear', 4, [1]]) {
    const message = `rope must be an object, not ${JSON.stringify(value)}`
    expect(() => reader({rope: value}).object('rope', {})).toThrow(fault(message))
  }
  for (const value of [0, -4, 1.5, '4', 2 ** 53]) {
    const message = `size must be a positive integer, not ${JSON.stringify(value)}`
    expect(() => reader({size: value}).integer('size', 4)).toThrow(fault(message))
  }
  for (const value of [0, 1, 'true']) {
    const message = `bias must be true or false, not ${JSON.stringify(value)}`
    expect(() => reader({bias: value}).boolean('bias', false)).toThrow(fault(message))
  }
  expect(() => reader({act: 'gelu'}).oneOf('act', ['silu', 'relu'])).toThrow(
    fault('act must be silu or relu, not "gelu"'),
  )
})

test('a size beyond all reason is refused with the most it may be', () => {
  const refused: readonly [key: string, value: number, most: number][] = [
    ['num_hidden_layers', 1001, 1000],
    ['num_attention_heads', 1025, 1024],
    ['num_key_value_heads', 2 ** 31, 1024],
    ['head_dim', 1025, 1024],
    ['hidden_size', 2 ** 20 + 1, 2 ** 20],
    ['intermediate_size', 2 ** 24 + 1, 2 ** 24],
    ['n_layer', 1001, 1000],
    ['n_head', 1025, 1024],
    ['n_embd', 2 ** 20 + 1, 2 ** 20],
    ['n_inner', 2 ** 24 + 1, 2 ** 24],
    ['n_positions', 2 ** 30 + 1, 2 ** 30],
    ['vocab_size', 2 ** 31, 2 ** 31 - 1],
    ['anything', 2 ** 31, 2 ** 31 - 1],
  ]
  for (const [key, value, most] of refused) {
    expect(() => reader({[key]: value}).integer(key)).toThrow(fault(`${key} must be at most ${most}, not ${value}`))
    expect(reader({[key]: most}).integer(key)).toBe(most)
  }
})

test('the id of padding may be absent, null, or counted from the end of the vocabulary', () => {
  expect(readPadding({})).toBeUndefined()
  expect(readPadding({pad_token_id: null}, 1)).toBeUndefined()
  expect(readPadding({}, 1)).toBe(1)
  const read = (id: unknown) => readPadding({pad_token_id: id, vocab_size: 20}, 1)
  expect([0, 19, -1, -20].map(read)).toEqual([0, 19, 19, 0])
  for (const wrong of ['0', 0.5, 20, -21]) {
    const range = 'null or an integer from -20 to 19, as vocab_size is 20'
    expect(() => read(wrong)).toThrow(fault(`pad_token_id must be ${range}, not ${JSON.stringify(wrong)}`))
  }
})

test('the number of labels is that of the options, or of config.json, or 2', () => {
  expect(readLabels({id2label: {0: 'no', 1: 'yes', 2: 'maybe'}, num_labels: 5})).toBe(3)
  expect(readLabels({num_labels: 5})).toBe(5)
  expect(readLabels({})).toBe(2)
  expect(readLabels({id2label: null, num_labels: 1})).toBe(1)
  expect(readLabels({num_labels: 5}, {labels: 10})).toBe(10)
})

test('a problem that is not one of classes, or of one number, is refused, unless the labels are another’s', () => {
  expect(readLabels({num_labels: 1, problem_type: 'regression'})).toBe(1)
  expect(readLabels({problem_type: 'single_label_classification'})).toBe(2)
  expect(readLabels({problem_type: 'multi_label_classification'}, {labels: 4})).toBe(4)
  expect(() => readLabels({problem_type: 'multi_label_classification'})).toThrow(
    new Fault(
      'input',
      'config.json: problem_type of 2 labels must be single_label_classification, not multi_label_classification',
    ),
  )
  expect(() => readLabels({num_labels: 2, problem_type: 'regression'})).toThrow(Fault)
})

test('labels that are no map, or none, are refused', () => {
  for (const id2label of [{}, 'yes', 3]) {
    expect(() => readLabels({id2label})).toThrow(
      new Fault('input', `config.json: id2label must map numbers to labels, not ${JSON.stringify(id2label)}`),
    )
  }
})
