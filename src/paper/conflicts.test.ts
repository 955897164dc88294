import {expect, test} from 'vitest'
import {keysAt} from '../recipes/file/json-schema.ts'
import {applyProfile} from '../recipes/file/profile.ts'
import {schema} from '../recipes/file/schema.ts'
import {CONFLICTS, type Conflict, type Switch} from './conflicts.ts'
import {conflictRecords, conflictsText} from './conflicts-text.ts'

const METHODS: Readonly<Record<string, object>> = {
  svft: {pattern: 'banded', diagonals: 1},
  lora: {rank: 2},
  dora: {rank: 2},
  vera: {rank: 2},
  boft: {b: 4},
}
const FAMILIES = ['math', 'commonsense', 'glue', 'vision'] as const
const switchesOf = ({switches = [], written = []}: Conflict) => [...switches, ...written]

test('conflicts are numbered from 1, and each describes the paper, the code and the printed numbers', () => {
  expect(CONFLICTS.map(({number}) => number)).toEqual(CONFLICTS.map((_, i) => i + 1))
  expect(CONFLICTS.length).toBeGreaterThanOrEqual(24)
  for (const {paper, code, printed} of CONFLICTS)
    expect([paper, code, printed].every(text => text.length > 0)).toBe(true)
})

test.each(CONFLICTS)(
  'conflict $number has a switch that is a key of recipes, or a reason why there is none',
  conflict => {
    const switches = switchesOf(conflict)
    if (conflict.none !== undefined) {
      expect(conflict.none).toMatch(/^[a-z][^\n]{10,}$/i)
      expect(switches).toEqual([])
      return
    }
    expect(switches.length).toBeGreaterThan(0)
    for (const {key, methods = Object.keys(METHODS)} of switches) {
      const path = key.split('.')
      for (const method of methods) {
        expect(keysAt(path.slice(0, -1), {adapter: {method}}).names, `${key} of ${method}`).toContain(path.at(-1))
      }
    }
  },
)

test('only facts about the documents have no switch', () => {
  const none = CONFLICTS.filter(({none}) => none !== undefined).map(({number}) => number)
  expect(none).toEqual([13, 18, 19, 20, 21, 22, 23, 30])
})

test.each(Object.keys(METHODS))('every switch of %s is a key of its recipes, decided once in every family', method => {
  const isMine = ({methods}: Switch) => methods?.includes(method) ?? true
  for (const {key} of CONFLICTS.flatMap(switchesOf).filter(isMine)) {
    const path = key.split('.')
    expect(keysAt(path.slice(0, -1), {adapter: {method}}).names, key).toContain(path.at(-1))
  }
  for (const family of FAMILIES) {
    const filled = CONFLICTS.flatMap(({switches = []}) => switches).filter(isMine)
    const keys = filled.filter(({families}) => families?.includes(family) ?? true).map(({key}) => key)
    expect(keys.filter((key, i) => keys.indexOf(key) < i)).toEqual([])
    expect(keys).toContain('adapter.match')
  }
})

test.each(Object.entries(METHODS))('a recipe of %s without switches is completed by either profile', (method, own) => {
  for (const profile of ['paper', 'official-code']) {
    const written = {
      profile,
      task: 'gsm8k',
      model: 'm',
      data: {train: 'a', test: {test: 'b'}},
      adapter: {method, ...own, targets: ['q_proj']},
      train: {lr: 1, steps: 1, batch: 1},
    }
    expect(schema.safeParse(applyProfile(written).decided).error).toBeUndefined()
  }
})

test('a conflict names what the published version has instead', () => {
  expect(conflictsText()).toContain('paper    Q, K, V, U, D\n    NeurIPS  Q, V for every method')
  const published = CONFLICTS.flatMap(({number, published}) => (published ? [number] : []))
  expect(published).toEqual([6, 8, 9, 12, 18, 20])
  const records: {number: number; published?: string}[] = JSON.parse(JSON.stringify(conflictRecords()))
  expect(records.filter(one => one.published !== undefined).map(({number}) => number)).toEqual(published)
})

test('the table has every value of every switch, as text and as data', () => {
  const text = conflictsText()
  expect(text.split('\n\n')).toHaveLength(CONFLICTS.length)
  expect(text).toContain('switch   adapter.gate [svft]: false (paper), true (official-code)')
  expect(text).toContain('adapter.alpha [lora, dora; vision]: rank (paper), 8 (official-code)')
  expect(text).toContain('Q, V (paper), Q, K, V, O (official-code); not set by the profile')
  const records = JSON.parse(JSON.stringify(conflictRecords()))
  expect(records[0]).toMatchObject({
    number: 1,
    switches: [{key: 'adapter.gate', methods: ['svft'], paper: false, 'official-code': true, filled: true}],
  })
  expect(records[17]).toMatchObject({number: 18, switches: [], none: 'misprints leave nothing to choose'})
  expect(text).toContain('switch   none: misprints leave nothing to choose')
})

test('official-code has the α of finetune.py on commonsense, and 2 · rank on mathematics', () => {
  const alphaOf = (task: string) => {
    const {decisions} = applyProfile({task, adapter: {method: 'lora', rank: 4, targets: ['q_proj']}})
    return decisions.find(({key}) => key === 'adapter.alpha')?.value
  }
  expect([alphaOf('gsm8k'), alphaOf('commonsense')]).toEqual([8, 16])
})
