import {readFile} from 'node:fs/promises'
import {expect, test} from 'vitest'
import {VERSION_NAMES} from '../versions.ts'
import {auditPaper} from './audit.ts'
import {PROSE_CLAIMS} from './claims.ts'
import {auditCsv} from './csv.ts'
import {filterFindings} from './filter-findings.ts'
import {summarize} from './summary.ts'
import {auditText} from './text.ts'

const audits = await auditPaper(VERSION_NAMES)
const [preprint, published] = audits
const claim = (id: string, {claims} = published) =>
  claims.filter(one => one.claim === id).map(({computed, verdict}) => [computed, verdict])

test('results/reference/audit.csv is what svft audit writes', async () => {
  const file = new URL('../../../results/reference/audit.csv', import.meta.url)
  expect(await readFile(file, 'utf8')).toBe(auditCsv(audits))
})

test('docs/AUDIT.md shows the summaries', async () => {
  const page = await readFile(new URL('../../../docs/AUDIT.md', import.meta.url), 'utf8')
  for (const audit of audits) {
    const [counts, testSets] = auditText([audit], {every: false}).split('\n\n')
    expect(page).toContain(`${counts}\n\n${testSets}\n`)
  }
})

test('every printed average and gain follows from its columns, and each mean of table 5 whose scores are printed', () => {
  expect(summarize(preprint).means).toEqual({holds: 28, differs: 0, 'not checkable': 0})
  expect(summarize(published).means).toEqual({holds: 39, differs: 0, 'not checkable': 3})
  const perf = published.means.filter(({column, computed}) => column === 'perf' && computed !== undefined)
  expect(perf.map(({computed}) => computed)).toEqual([
    27.565, 28.44, 29.28, 30.225, 27.36, 31.87, 32.795, 52.955, 52.18, 50.4, 53.395,
  ])
  expect(published.means.find(({cell}) => cell === 'n5.g7.svft_r16')?.reason).toBe(
    'the mean of n1.g7.svft_r16; the mean of n7.g7.random16: 53.105',
  )
})

test('the prose of arXiv v1 has 20 claims, that of NeurIPS 2024 23', () => {
  expect(new Set(preprint.claims.map(one => one.claim)).size).toBe(20)
  expect(new Set(published.claims.map(one => one.claim)).size).toBe(23)
  for (const {id, where, text} of PROSE_CLAIMS) expect([id, where, text].every(words => words.length > 2)).toBe(true)
})

test.each([
  ['abstract_recovery', [['94.95 %', 'differs']]],
  ['s51_155', [['4.20 %', 'differs']]],
  [
    's51_116',
    [
      ['1.443 %', 'differs'],
      ['1.150 points', 'differs'],
    ],
  ],
  [
    's51_7x',
    [
      ['−0.34 points (sampling error ±0.95)', 'holds'],
      ['7.02 times', 'holds'],
      ['6.73 times', 'holds'],
    ],
  ],
  [
    's52_avg',
    [
      ['83.873', 'holds'],
      ['83.723', 'holds'],
    ],
  ],
  [
    's56_weights',
    [
      ['+0.38 points (sampling error ±4.05)', 'holds'],
      ['+3.86 points (sampling error ±2.58)', 'holds'],
      ['+4.24 points (sampling error ±3.11)', 'holds'],
    ],
  ],
  ['s54_10', [[undefined, 'not checkable']]],
])('%s is recomputed from the published tables', (id, parts) => {
  expect(claim(id)).toEqual(parts)
})

test('a claim of both versions is recomputed from the own tables of each', () => {
  expect(claim('fig1_75', preprint)[1]).toEqual(['75.56 %', 'holds']) // 3.3M of table 5
  expect(claim('fig1_75')[1]).toEqual(['75.70 %', 'holds']) // 3.28M of table 13
})

test('SVFT matches a method unless it is below it by more than sampling error: not BOFT on GLUE, and LoRA r=32 alone trains 3 times as many parameters', () => {
  const glue = published.claims.filter(one => one.claim === 's51_glue' && one.printed === 'no less')
  expect(glue.map(({of, computed, verdict}) => [of, computed, verdict])).toEqual([
    ['LoRA r=8, average', '+0.04 points (sampling error ±1.27)', 'holds'],
    ['DoRA r=4, average', '+0.01 points (sampling error ±1.27)', 'holds'],
    ['BOFT, average', '−1.35 points (sampling error ±1.22)', 'differs'],
  ])
  const large = published.claims.filter(one => one.claim === 's51_3x')
  expect(large.map(({of}) => of).filter(of => !of.includes('LoRA r=32'))).toEqual([])
  expect(large.map(({verdict}) => verdict)).toEqual(Array.from({length: 9}, () => 'holds'))
  expect(large[1].computed).toBe('+6.97 points (sampling error ±3.80)') // far above it, which is no less
})

test('memory exceeds that of LoRA by other factors on each model, and that of DoRA on LLaMA-3-8B', () => {
  expect(claim('s53_mem').map(([computed]) => computed)).toEqual(
    ['1.08', '1.17', '1.19', '1.21', '1.20', '1.28'].map(ratio => `${ratio} times`),
  )
  expect(claim('s53_dora').map(([, verdict]) => verdict)).toEqual(['holds', 'holds', 'differs', 'differs'])
})

test('the text fits 120 columns and begins with the count of each verdict', () => {
  const text = auditText(audits, {every: false})
  expect(Math.max(...text.split('\n').map(({length}) => length))).toBeLessThanOrEqual(120)
  expect(text.split('\n').slice(0, 5)).toEqual([
    'arXiv v1',
    '  #Params     110  92 reproduced (80 rounded, 11 truncated, 1 rounded twice), 10 by another convention, 8 unexplained',
    expect.stringMatching(/^ {2}accuracies +\d+ {2}\d+ rounded, \d+ only truncated, 26 impossible$/),
    '  averages     28  28 hold',
    '  claims       20  6 hold, 8 hold in part, 3 differ, 3 not checkable',
  ])
})

test('an accuracy is listed with k and the chance that a random one would fit, in 100 columns', () => {
  const [, , , scores] = auditText(filterFindings(audits, ['n13']), {every: true}).split('\n\n')
  const lines = scores.split('\n')
  expect(lines[0]).toBe('  cell          column  printed    k  verdict      chance  reason')
  expect(lines[1]).toBe('  n13.lora4     GSM-8K    40.63  536  truncated    19.8 %  536 of 1,319 is 40.637')
  const details = auditText(audits, {every: true})
    .split('\n')
    .filter(line => /^ {2}[tn]\d+\./.test(line))
  expect(details.length).toBeGreaterThan(1000)
  expect(Math.max(...details.map(({length}) => length))).toBeLessThanOrEqual(100)
})

test('tables, rows and claims are chosen by name', () => {
  const [only] = filterFindings(audits, ['n4', 'n13.lora4', 's52_avg'])
  expect(only.version).toBe('neurips2024')
  expect(new Set(only.scores.map(({cell}) => cell.split('.')[0]))).toEqual(new Set(['n4', 'n13']))
  expect(only.params).toHaveLength(13)
  expect(only.claims.map(one => one.claim)).toEqual(['s52_avg', 's52_avg'])
  expect(auditText([only], {every: true})).toContain('n4.vb.fft')
})

test.each([
  ['n15', /^unknown table, row or claim: n15; did you mean n1\? tables: t1, t2, .* n14; claims: abstract_recovery, /],
  ['n4.vb.ftt', /^unknown table, row or claim: n4\.vb\.ftt; did you mean n4\.vb\.fft\? rows of n4: n4\.vb\.head, /],
  ['s51_156', /did you mean s51_155\?/],
  ['t1\u001b[0m', /^unknown table, row or claim: t1\\u001b\[0m/],
])('an unknown name is refused with near ones: %j', (name, message) => {
  expect(() => filterFindings(audits, [name])).toThrow(message)
})
