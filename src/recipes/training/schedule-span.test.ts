import {expect, test} from 'vitest'
import {learningRate} from '../../train/schedule.ts'
import type {RecipeTraining} from '../file/schema.ts'
import {scheduleSpan, spanWarnings} from './schedule-span.ts'

const vision = {epochs: 10, batch: 64, warmup: 0.1, scheduleLength: 'whole-batches'} as RecipeTraining

test('a schedule spans all steps, its warm-up rounded up', () => {
  const settings: RecipeTraining = {...vision, scheduleLength: 'all-steps'}
  expect(scheduleSpan(settings, {steps: 160, examples: 1000})).toEqual({warmup: 16, total: 160})
  expect(scheduleSpan(settings, {steps: 155, examples: 1000})).toEqual({warmup: 16, total: 155})
})

test('by whole batches it ends before the run: 1000 pictures in batches of 64 take 160 steps, 150 with a rate', () => {
  expect(scheduleSpan(vision, {steps: 160, examples: 1000})).toEqual({warmup: 15, total: 150, ends: true})
  expect(scheduleSpan(vision, {steps: 80, examples: 450})).toEqual({warmup: 7, total: 70, ends: true})
  expect(scheduleSpan(vision, {steps: 10, examples: 3})).toEqual({warmup: 0, total: 1, ends: true})
})

test('by whole batches, cosine as linear stays at 0 behind its end', () => {
  for (const schedule of ['linear', 'cosine'] as const) {
    const span = scheduleSpan(vision, {steps: 160, examples: 1000})
    const rates = Array.from({length: 160}, (_, step) => learningRate(step, {schedule, lr: 1, ...span}))
    expect(rates[149]).toBeGreaterThan(0)
    expect(rates.slice(150)).toEqual(Array(10).fill(0))
  }
})

test('a warm-up in steps is taken as it is; a number of steps is spanned whole', () => {
  expect(scheduleSpan({...vision, warmupSteps: 5}, {steps: 160, examples: 1000})).toEqual({
    warmup: 5,
    total: 150,
    ends: true,
  })
  const {epochs: _, ...settings} = vision
  expect(scheduleSpan({...settings, steps: 20}, {steps: 20, examples: 100})).toEqual({warmup: 2, total: 20})
})

test('a warm-up without a step after it is reported, with the highest rate that it reaches', () => {
  const settings = {...vision, lr: 0.1, schedule: 'linear'} as RecipeTraining
  expect(spanWarnings(settings, {warmup: 500, total: 2}, 2)).toEqual([
    'train: the warm-up takes 500 steps and the schedule has 2 steps, so the learning rate peaks at 0.0002 instead of 0.1; ' +
      'use more steps or a shorter warm-up (train.warmupSteps)',
  ])
  expect(spanWarnings(settings, {warmup: 1, total: 1}, 1)).toEqual([
    expect.stringContaining('peaks at 0 instead of 0.1'),
  ])
  expect(spanWarnings(settings, {warmup: 1, total: 2}, 2)).toEqual([])
  expect(spanWarnings(settings, {warmup: 0, total: 1}, 1)).toEqual([])
})

test('a schedule by whole batches that leaves more than a fifth of the steps without a rate is reported', () => {
  const warned = (examples: number, changes: Partial<RecipeTraining> = {}) => {
    const settings = {...vision, lr: 0.1, schedule: 'cosine', ...changes} as RecipeTraining
    const steps = 10 * Math.ceil(examples / 64)
    return spanWarnings(settings, scheduleSpan(settings, {steps, examples}), steps)
  }
  expect(warned(50)).toEqual([
    'train.scheduleLength: whole-batches ends the schedule at step 1 of 10, and the learning rate of later steps is 0; ' +
      'use more examples, a smaller train.batch, or all-steps',
  ])
  expect(warned(100)).toHaveLength(1)
  expect([450, 1000].flatMap(examples => warned(examples))).toEqual([])
  expect(warned(50, {schedule: 'constant'})).toEqual([])
  expect(warned(50, {scheduleLength: 'all-steps'})).toEqual([])
})
