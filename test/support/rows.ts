import type {ComputeEnvironment} from '../../src/check/environment.ts'
import {buildEntries, type ReportEntry} from '../../src/report/entries.ts'
import type {Row} from '../../src/results/row.ts'

const ROW: Row = {
  recipe: 'gsm8k/mini/svft-plain',
  hash: '0a',
  method: 'svft',
  settings: 'plain',
  params: 3612,
  scores: {test: {score: 0.5, n: 8}},
  seed: 1,
  model: 'mini',
  steps: 10,
  seconds: 60,
  version: '0.1.0',
  engine: 'onnx',
  threads: 2,
  finished: '2026-11-24T18:00:00.000Z',
}

export const exampleRow = (changes: Partial<Row> = {}): Row => ({...ROW, ...changes})

/** The environment in which a run was computed. */
export const EXAMPLE_ENVIRONMENT: ComputeEnvironment = {
  node: 'v20.20.2',
  onnxruntime: '1.30.0',
  platform: 'linux x64',
  cpu: 'AMD EPYC',
  simd: '25.17.1 avx2 avx512f',
  lapack: 'own',
  engine: 'onnx',
  threads: 1,
}

/** Rows as the sources of a report, with one setup and without predictions or losses; svft finds all recipes and commits. */
export const reportSources = (rows: readonly Row[]) => ({
  runs: rows.map(row => ({row, setup: ''})),
  itemResults: [],
  losses: [],
  origins: {files: new Map(rows.map(({recipe}) => [recipe, `configs/${recipe}.yaml`])), absent: new Set<string>()},
})

export const entriesOf = (rows: readonly Row[]): readonly ReportEntry[] =>
  buildEntries(reportSources(rows).runs).entries
