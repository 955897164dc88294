import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {paperRows} from '../../../test/support/paper-rows.ts'
import {exampleRow, reportSources} from '../../../test/support/rows.ts'
import {seedRanges} from '../../base/seeds.ts'
import {auditClaims} from '../../paper/audit/audit.ts'
import {PAPER_MODELS} from '../../paper/rows.ts'
import {readResults} from '../../results/read-results.ts'
import type {Row} from '../../results/row.ts'
import {summaryMarkdown} from '../formats/markdown.ts'
import {summaryPage} from '../page/page.ts'
import {buildReport} from '../report.ts'
import {runCost, WATTS_PER_CORE} from './cost.ts'
import {PLANNED_COST} from './planned-cost.ts'
import {summarySections} from './sections.ts'

const summaryOf = (rows: readonly Row[]) => buildReport(reportSources(rows)).summary
const mini = (name: string) =>
  readResults(fileURLToPath(new URL(`../../../results/reference/${name}-mini.csv`, import.meta.url)))

test('core-hours are wall time × threads, and GPU-hours the wall time of runs on a GPU', () => {
  const rows = [exampleRow({seconds: 1800, threads: 4}), exampleRow({seconds: 3600, threads: 2, device: 'cuda'})]
  expect(runCost(rows)).toMatchObject({runs: 2, hours: 1.5, coreHours: 4, gpuHours: 1})
})

test('runs of one recipe in two suites, which score other numbers of items, count in their own', () => {
  const scored = (recipe: string, n: number, set?: string) =>
    exampleRow({recipe, set, scores: {test: {score: 0.5, n}}, seconds: 3600})
  const {trials, costs} = summaryOf([scored('a', 100), scored('b', 100), scored('a', 50, 'evaluate.limit=50')])
  expect(trials.map(({suite, runs, leftOut}) => ({suite, runs, leftOut}))).toEqual([
    {suite: 'own recipes', runs: 2, leftOut: 0},
    {suite: 'a', runs: 1, leftOut: 0},
  ])
  expect(costs.map(({suite, hours}) => ({suite, hours}))).toEqual([
    {suite: 'own recipes', hours: 2},
    {suite: 'a', hours: 1},
  ])
})

test('measured and estimated energy are apart, and runs that measured the same machine twice are counted', () => {
  const at = (finished: string, joules?: number) => exampleRow({seconds: 3600, threads: 1, finished, joules})
  const rows = [
    at('2026-11-24T11:00:00.000Z', 1000),
    at('2026-11-24T12:00:00.000Z', 2000),
    at('2026-11-24T12:30:00.000Z', 4000),
    at('2026-11-24T12:30:00.000Z'),
  ]
  expect(runCost(rows).energy).toEqual({
    measuredRuns: 3,
    measured: 7000,
    overlapping: 2,
    estimated: 3600 * WATTS_PER_CORE,
  })
  const text = summaryMarkdown(buildReport(reportSources(rows.map((row, seed) => ({...row, seed})))))
  expect(text).toContain('1.9 Wh measured by RAPL over 3 runs. 2 of them ran at the same time as another')
  expect(text).toContain('An estimate, not a measurement: 10.0 Wh for 1 run without a measurement, at an assumed 10 W')
})

test('the paper’s hours stand beside those of our runs of its rows', () => {
  const [row] = paperRows([1]).filter(({cells}) => cells?.includes('t1.g2.lora1'))
  const {stated} = summaryOf([{...row, seconds: 7200, threads: 8}])
  expect(stated.map(({model}) => model).sort()).toEqual(Object.keys(PAPER_MODELS).sort())
  expect(stated.find(({model}) => model === 'gemma-2b')).toMatchObject({
    hours: 6,
    gpuHours: 12,
    ours: {runs: 1, coreHours: 16, gpuHours: 0},
  })
  expect(stated.find(({model}) => model === 'gemma-7b')).toMatchObject({hours: 14, gpuHours: 28, ours: undefined})
  expect(stated.find(({model}) => model === 'deberta-v3-base')?.hours).toBeUndefined()
})

test('rows of the paper without a result are listed with what they take, and rows that lack a column by name', () => {
  const rows = paperRows([1]).filter(({cells}) => cells?.[0].startsWith('t1.g2.'))
  const {math: _, ...gsm8k} = rows[0].scores
  const {notRun, printed} = summaryOf([{...rows[0], scores: gsm8k}, ...rows.slice(1, -1)])
  const [first, second] = notRun
  expect(first).toMatchObject({
    table: 1,
    title: 'Gemma-2B',
    rows: 9,
    missing: ['t1.g2.svft_r16'],
    partial: ['t1.g2.fft'],
  })
  const {hours, memoryGb, downloadGb} = PLANNED_COST['gemma-2b']
  expect(first.takes).toEqual([
    'google/gemma-2b (gated)',
    `up to ${downloadGb} GB to download`,
    `up to ${memoryGb} GB of memory`,
    `${hours[0]} to ${hours[1]} h on two cores`,
    'the paper states about 6 h of training on 2 A100',
  ])
  expect(second).toMatchObject({title: 'Gemma-7B', rows: 9, partial: []})
  expect(second.missing).toHaveLength(9)
  expect(printed.indistinguishable + printed.deviates).toBe(15)
  const takes = (model: string) => notRun.find(one => one.model === model)?.takes
  expect(takes('pythia-2.8b')).toEqual(
    expect.arrayContaining(['EleutherAI/pythia-2.8b (public)', 'the paper states no hours']),
  )
  expect(takes('vit-l16')).toContain('the paper states up to 4 h of training on 2 A100')
})

test('recipes that ran with several settings, and runs that the report leaves out, are counted', () => {
  const rows = [1, 2].flatMap(seed => [
    exampleRow({seed}),
    exampleRow({seed, set: 'train.lr=0.1'}),
    exampleRow({seed, recipe: 'gsm8k/mini/other'}),
  ])
  const {trials, checklist} = summaryOf([...rows, exampleRow({seed: 2, finished: '2026-11-20T18:00:00.000Z'})])
  expect(trials).toEqual([
    {
      suite: 'gsm8k/mini',
      recipes: 2,
      runs: 6,
      seeds: [1, 2],
      leftOut: 1,
      searches: [],
      varied: [
        {
          recipe: 'gsm8k/mini/svft-plain',
          settings: [
            {set: [], runs: 2},
            {set: ['train.lr=0.1'], runs: 2},
          ],
        },
      ],
    },
  ])
  expect(checklist.find(({point}) => point.includes('tried'))).toMatchObject({
    status: 'not recorded',
    text: expect.stringMatching(
      /^No row records a search by svft tune\. A search by other means.* 1 recipe ran with several settings/,
    ),
  })
})

const SEARCH = 'grid of 2 trials × 3 seeds by validation accuracy: train.lr 0.001 to 0.1 (log)'
const tuned = (method: string) => exampleRow({recipe: `tuned/s/${method}`, search: SEARCH, seconds: 3600, threads: 1})
const trialOf = (method: string, lr: number) =>
  exampleRow({
    recipe: `tune/s/${method}`,
    set: `train.lr=${lr}`,
    scores: {validation: {score: lr, n: 100}},
    seconds: 360,
    threads: 1,
  })

test('searches that rows record are counted, and the others are unknown', () => {
  const text = (...rows: readonly Row[]) => summaryOf(rows).checklist.find(({point}) => point.includes('tried'))
  expect(text(tuned('svft'), tuned('lora'))).toMatchObject({
    status: 'recorded',
    text: expect.stringMatching(/^svft tune searched values of 2 recipes, with 4 trials\. A search by other means/),
  })
  expect(text(tuned('svft'), exampleRow())).toMatchObject({
    status: 'partly recorded',
    text: expect.stringMatching(/^svft tune searched .* with 2 trials\. The rows of the other 1 record no search\./),
  })
  expect(text(trialOf('svft', 0.1))?.text).toBe('All rows are trials of searches by svft tune.')
})

test('the cost of trials is counted apart, and their scores test no claim; trials whose rows were not read are named', () => {
  const trials = [0.001, 0.1].map(lr => trialOf('svft', lr))
  const rows = [tuned('svft'), {...tuned('lora'), method: 'lora', settings: 'r=1 α=2', params: 9999}]
  const among = summaryOf([...rows, ...trials])
  const beside = buildReport({...reportSources(rows), trials}).summary
  expect(among).toEqual(beside)
  const {reportedCost, searchCost, total, costs, reruns} = among
  expect([reportedCost, searchCost, total].map(({runs, coreHours}) => [runs, coreHours])).toEqual([
    [2, 2],
    [2, 0.2],
    [4, 2.2],
  ])
  expect([costs.map(({suite}) => suite), reruns.length]).toEqual([['tuned/s'], 2])
  expect(among.trials[0].searches).toEqual([
    {search: SEARCH, recipes: ['tuned/s/svft', 'tuned/s/lora'].sort(), trials: 4, runs: 2, unread: 2},
  ])
  expect(among.checklist.find(({point}) => point.startsWith('Total'))).toMatchObject({
    status: 'partly recorded',
    text: expect.stringMatching(
      /^2\.2 core-hours .* The costs of 2 recorded trials are not in the files that were read\.$/,
    ),
  })
  const alone = [0.001, 0.1].flatMap(lr => [
    trialOf('svft', lr),
    {...trialOf('lora', lr), method: 'lora', params: 9999},
  ])
  expect(summaryOf(alone).claims.filter(({test}) => test)).toEqual([])
})

test.each([
  [[], ''],
  [[3], '3'],
  [[42, 43, 44, 7], '42-44,7'],
  [[0, 1, 5, 8, 9], '0-1,5,8-9'],
])('seeds %j are written as svft sweep takes them', (seeds, text) => {
  expect(seedRanges(seeds)).toBe(text)
})

test('a command reproduces each row, with its seeds, overrides and threads, quoted for a shell', () => {
  const hostile = '$(touch x); echo'
  const rows = [
    ...[1, 2, 3].map(seed => exampleRow({seed, hash: `h${seed}`, set: 'train.lr=0.1 data.limit.train=8'})),
    exampleRow({recipe: `gsm8k/mini/${hostile}`, commit: 'c0ffee', dirty: true}),
  ]
  const {reruns} = summaryOf(rows)
  const [plain, quoted] = reruns.toSorted((a, b) => b.seeds.length - a.seeds.length)
  expect(plain).toMatchObject({hashes: ['h1', 'h2', 'h3'], modelRevisions: [], computed: ['onnx threads=2']})
  expect(plain.command).toBe(
    'svft sweep configs/gsm8k/mini/svft-plain.yaml --seeds 1-3 --set train.lr=0.1 --set data.limit.train=8 --set threads=2',
  )
  expect(quoted).toMatchObject({commits: ['c0ffee'], dirty: 1})
  expect(quoted.command).toBe(`svft run 'configs/gsm8k/mini/${hostile}.yaml' --set seed=1 --set threads=2`)
})

test('a recipe that svft does not find has no command, and commits that lack it or are lost are marked', () => {
  const [lost, earlier, whole] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc']
  const rows = [lost, earlier, whole].map((commit, seed) => exampleRow({commit, seed}))
  const own = exampleRow({recipe: 'own/recipe'})
  const file = 'configs/gsm8k/mini/svft-plain.yaml'
  const origins = {files: new Map([[rows[0].recipe, file]]), absent: new Set([lost, `${earlier}:${file}`])}
  const report = buildReport({...reportSources([...rows, own]), origins})
  const {reruns, checklist} = report.summary
  expect(reruns).toMatchObject([
    {lostCommits: [lost], earlierCommits: [earlier], command: `svft sweep ${file} --seeds 0-2 --set threads=2`},
    {lostCommits: [], earlierCommits: [], command: undefined},
  ])
  const text = summaryMarkdown(report)
  expect(text).toContain(
    `${lost} (not in this repository) ${earlier} (which lacks the recipe: keep a copy) ${whole}; onnx threads=2`,
  )
  expect(text).toContain('| Recipe | Command | Hash |')
  expect(text).toContain('no recipe named own/recipe is among those here')
  expect(checklist.find(({point}) => point.startsWith('A command'))).toMatchObject({status: 'partly recorded'})
})

test('every point of the checklist has a status and an answer, from the rows of the four mini suites', async () => {
  const rows = (await Promise.all(['gsm8k', 'commonsense', 'glue', 'vision'].map(mini))).flat()
  const report = buildReport(reportSources(rows))
  const {checklist, claims, trials, total, reruns} = report.summary
  expect(checklist.length).toBeGreaterThan(20)
  for (const {point, status, text} of checklist) {
    expect(text, point).toMatch(/[.]$/)
    expect(text, point).not.toMatch(/undefined|NaN|\b1 threads/)
    expect(['recorded', 'partly recorded', 'not recorded', 'not applicable'], point).toContain(status)
  }
  expect(claims.filter(({test}) => test).length).toBeGreaterThan(8)
  expect(trials.map(({suite, seeds}) => [suite, seedRanges(seeds)])).toContainEqual(['vision/mini', '42-61'])
  expect(total.runs).toBe(rows.length)
  expect(reruns.length).toBe(44)
  const [html, text] = [await summaryPage(report), summaryMarkdown(report)]
  for (const title of ['Claims', 'What was not run, and what it takes', 'Reproducibility checklist'])
    for (const form of [html, text]) expect(form).toContain(title)
  expect(html).not.toMatch(/<script/)
  expect(html.match(/<table/g)).toHaveLength(text.match(/^\*\*/gm)?.length ?? 0)
})

test('claims about memory and other numbers of the prose are tested by the tables of the version', async () => {
  const report = buildReport(reportSources([exampleRow()]), {prose: await auditClaims('neurips2024')})
  const table = summarySections(report.summary, report.rows)[0].tables?.find(({id}) => id === 'prose')
  expect(table?.rows).toHaveLength(23)
  const textsOf = (claim: string) => table?.rows.find(([{text}]) => text === claim)?.map(({text}) => text)
  expect(textsOf('s53_mem')).toEqual([
    's53_mem',
    'SVFT takes about 1.2 times the memory of LoRA',
    'holds in part',
    'Gemma-2B, least: claimed 1.2 times, computed 1.08 times; LLaMA-3-8B, most: claimed 1.2 times, computed 1.28 times',
    '5.3, 6, C.5',
  ])
  expect(textsOf('s51_7x')?.slice(2, 4)).toEqual(['holds', ''])
  const preprint = await auditClaims('arxiv-v1')
  expect(preprint.filter(({claim}) => claim === 's53_mem').map(({verdict}) => verdict)).toEqual(['not checkable'])
})

test('rows that record neither commit nor hashes leave those points not recorded', () => {
  const {checklist} = summaryOf([exampleRow({commit: undefined})])
  const of = (point: string) => checklist.find(one => one.point.startsWith(point))
  expect(of('The data can be obtained')).toMatchObject({
    status: 'not recorded',
    text: 'No row records a hash of the contents of their data.',
  })
  expect(of('Error bars')?.text).toMatch(/1 of 1 setting has one seed\.$/)
})
