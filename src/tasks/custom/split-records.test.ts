import {expect, test} from 'vitest'
import {compareText, groupBy} from '../../base/collections.ts'
import {splitRecords} from './split-records.ts'

const records = Array.from({length: 100}, (_, i) => ({
  fields: {label: i % 10 === 0 ? 'rare' : 'common', split: i < 90 ? 'train' : 'DEV'},
  where: `f:${i + 1}`,
}))
const SPLITS = ['train', 'validation', 'test']
const cut = {validation: 0.2, test: 0.1, seed: 0}
const classOf = ({fields}: {fields: Readonly<Record<string, unknown>>}) => String(fields.label)
const split = (name: string, seed = 0) =>
  splitRecords(records, {file: 'f', split: name, cut: {...cut, seed}, classOf}).map(({where}) => where)

test('splits by shares hold every record once, in the order of the file', () => {
  const parts = SPLITS.map(name => split(name))
  expect(parts.map(({length}) => length)).toEqual([70, 20, 10])
  expect(new Set(parts.flat()).size).toBe(100)
  for (const part of parts) expect(part).toEqual(records.map(({where}) => where).filter(where => part.includes(where)))
})

test('every split has the same share of each class', () => {
  const rare = SPLITS.map(name =>
    splitRecords(records, {file: 'f', split: name, cut, classOf}).filter(({fields}) => fields.label === 'rare'),
  )
  expect(rare.map(({length}) => length)).toEqual([7, 2, 1])
})

test('one record of each class is left to train on', () => {
  const few = [...records, ...['one', 'two'].map(label => ({fields: {label, split: 'train'}, where: label}))]
  for (const seed of Array.from({length: 20}, (_, i) => i)) {
    const shares = {validation: 0.45, test: 0.45, seed}
    const parts = SPLITS.map(name => splitRecords(few, {file: 'f', split: name, cut: shares, classOf}))
    expect(new Set(parts[0].map(({fields}) => fields.label))).toEqual(new Set(['rare', 'common', 'one', 'two']))
    expect(parts.flat().toSorted(byPosition)).toEqual(few.toSorted(byPosition)) // none is in two splits
  }
})

const byPosition = (a: {readonly where: string}, b: {readonly where: string}) => compareText(a.where, b.where)

test('the cut depends on its seed alone, and is the same in every version', () => {
  expect(split('test')).toEqual([26, 31, 38, 43, 45, 73, 76, 79, 86, 88].map(number => `f:${number}`))
  expect(split('test', 1)).not.toEqual(split('test'))
})

test('many small classes have the shares together, whatever their order in the file', () => {
  const small = Array.from({length: 120}, (_, i) => ({fields: {label: `class ${i % 40}`}, where: `f:${i + 1}`}))
  const countsOf = (all: typeof small) => {
    const chosen = splitRecords(all, {file: 'f', split: 'test', cut, classOf})
    return [...groupBy(chosen, classOf)].map(([label, {length}]) => `${label}: ${length}`).sort()
  }
  expect(countsOf(small)).toHaveLength(12)
  expect(countsOf(small.toReversed())).toEqual(countsOf(small))
})

test('a column may name the splits', () => {
  const named = (name: string) => splitRecords(records, {file: 'f', split: name, cut: {column: 'split'}})
  expect(named('train')).toHaveLength(90)
  expect(named('validation')).toHaveLength(10)
  expect(() => named('test')).toThrow('f: column "split" names no record test; found: train, DEV')
})

test('white space around the name of a split does not count, nor its case', () => {
  const spaced = [' Train', 'test\t', 'TEST '].map((split, i) => ({fields: {split}, where: `f:${i + 1}`}))
  const named = (split: string) => splitRecords(spaced, {file: 'f', split, cut: {column: 'split'}})
  expect([named('train').length, named('test').length]).toEqual([1, 2])
})

test('a share that leaves no record is refused', () => {
  expect(() => splitRecords(records.slice(0, 2), {file: 'f', split: 'test', cut})).toThrow(
    'f: its share of 2 records leaves none for test',
  )
  const ids = records.map((found, i) => ({...found, fields: {label: String(i)}}))
  expect(() => splitRecords(ids, {file: 'f', split: 'test', cut, classOf})).toThrow(
    `f: each of its ${ids.length} records has a class of its own, and is left to train on, so there is none for test`,
  )
})
