import {PassThrough} from 'node:stream'
import {expect, test} from 'vitest'
import type {RunEvent} from '../recipes/events.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {openReporter} from './reporter.ts'

function shown(told: readonly RunEvent[], recipe: Partial<Recipe> = {}): {lines: string[]; warnings: string[]} {
  const stream = new PassThrough()
  const warnings: string[] = []
  const reporter = openReporter({name: 'tiny', ...recipe} as Recipe, {stream, warn: text => warnings.push(text)})
  for (const event of told) reporter.onEvent(event)
  reporter.stop()
  return {
    lines: String(stream.read(stream.readableLength) ?? '')
      .split('\n')
      .slice(0, -1),
    warnings,
  }
}

const step = (step: number): RunEvent => ({
  type: 'step',
  report: {step, steps: 4, loss: 1 / step, lr: 1e-3, gradNorm: 1, tokens: 100, seconds: 0.1},
})

test('factors, training and outputs follow each other, each with its first and its last line', () => {
  const {lines, warnings} = shown([
    {type: 'factors', done: 0, total: 2, path: 'a'},
    {type: 'factors', done: 1, total: 2, path: 'a'},
    {type: 'factors', done: 2, total: 2, path: 'b'},
    {type: 'training', params: 9, steps: 4, from: 2},
    step(3),
    step(4),
    {type: 'answers', split: 'test', done: 0, total: 8, correct: 0, tokens: 0},
    {type: 'answers', split: 'test', done: 8, total: 8, correct: 1, tokens: 90},
    {type: 'answers', split: 'other', done: 5, total: 5, correct: 1, tokens: 0},
  ])
  expect(lines.map(line => line.replace(/ {2}eta.*|[\d.]+[kM]? tokens/g, ''))).toEqual([
    'factors 0/2',
    'factors 2/2',
    'train tiny 2/4',
    'train tiny 4/4  loss 0.2500  /s  lr 1.00e-3',
    'answer test 0/8',
    'answer test 8/8  /s',
    'answer other 5/5',
  ])
  expect(warnings).toEqual([])
})

test('warnings go where warnings go, each once', () => {
  const {lines, warnings} = shown([{type: 'warning', text: 'odd'}, step(1)])
  expect(warnings).toEqual(['odd'])
  expect(lines).toHaveLength(1)
})

test('a run without events shows nothing', () => {
  expect(shown([])).toEqual({lines: [], warnings: []})
})

test('the score of an epoch is one line, without the progress of its scoring; the test after training has its own bar', () => {
  const train = {keep: 'best', keepBy: 'validation', epochs: 2} as Recipe['train']
  const scoring: RunEvent[] = [
    {type: 'answers', split: 'validation', done: 0, total: 8, correct: 0, tokens: 0},
    {type: 'answers', split: 'validation', done: 8, total: 8, correct: 1, tokens: 90},
  ]
  const {lines} = shown(
    [
      {type: 'training', params: 9, steps: 4, from: 0},
      step(2),
      ...scoring,
      {type: 'epoch', step: 2, split: 'validation', score: 0.25, best: true},
      step(4),
      ...scoring,
      {type: 'epoch', step: 4, split: 'validation', score: 0.125, metric: 'inverse-perplexity', best: false},
      {type: 'progress', what: 'score test', done: 5, total: 5},
    ],
    {task: 'resisc45', ...(train ? {train} : {})},
  )
  expect(lines.map(line => line.replace(/ {2}eta.*|[\d.]+[kM]? images/g, 'images'))).toEqual([
    'train tiny 0/4',
    'epoch 1/2: validation 25.0, the best so far',
    'epoch 2/2: validation perplexity 8.00',
    'train tiny 4/4  loss 0.2500  images/s  lr 1.00e-3',
    'score test 5/5',
  ])
})
