import {expect, test} from 'vitest'
import {forecastText} from './forecast.ts'

const plan = {
  memory: {frozenBytes: 4e9, convertedBytes: 0, trainableBytes: 1e9, workingBytes: 3e9, processBytes: 2e8},
  parts: [
    {name: 'a', here: true},
    {name: 'b', here: false, bytes: 5e9},
  ],
  time: {
    svd: undefined,
    train: {steps: 10, stepSeconds: 6, seconds: 60},
    score: {test: {examples: 9, seconds: 41}},
    seconds: 101,
    unknown: [],
  },
  rates: {flopsPerSecond: 1e9, bytesPerSecond: 1e9},
} as const
const cpu = {engine: 'onnx', device: 'cpu'} as const

test('the forecast of a run is one line: its time, by parts, its memory and its download', () => {
  const {text, warning} = forecastText(cpu, plan)
  expect(text).toMatch(
    /^plan: about 1m41s on this machine's CPU \(train 1m00s, score 41s\), peak memory of training [78]\.\d GB, [45]\.\d GB to download$/,
  )
  expect(warning).toBeUndefined()
})

test('the forecast of a run without training says nothing of it', () => {
  const time = {...plan.time, train: undefined}
  expect(forecastText(cpu, {...plan, time}).text).toMatch(/, peak memory [78]\.\d GB, /)
})

test('the forecast of a classifier names the classes that its data decide', () => {
  expect(forecastText(cpu, {...plan, classes: ['bad', 'good']}).text).toMatch(/ to download, classes: bad, good$/)
})

test('a run whose time is unknown has no estimate of it', () => {
  const time = {svd: undefined, train: undefined, score: {}, seconds: 0.2, unknown: ['train', 'test']}
  expect(forecastText(cpu, {...plan, time}).text).toMatch(
    /^plan: no estimate of the time, as the number of examples is unknown, peak memory of training /,
  )
})

test('a run of many hours on a CPU has a warning with faster alternatives; one on a GPU is not forecast', () => {
  const long = {...plan, time: {...plan.time, seconds: 31 * 86_400, unknown: ['train']}}
  expect(forecastText(cpu, long).warning).toMatch(
    /^this run takes more than 31d00h on this machine's CPU; faster alternatives: a GPU .*, a cluster .*--on slurm.*, smaller recipes/,
  )
  const gpu = forecastText({engine: 'onnx', device: 'cuda'}, long)
  expect(gpu.warning).toBeUndefined()
  expect(gpu.text).toContain('no estimate for the chosen engine or device')
})

test('the forecast of a run in bfloat16 says so if a product is not faster in it', () => {
  const at = (bf16FlopsPerSecond: number) =>
    forecastText({engine: 'openvino'}, {...plan, rates: {...plan.rates, bf16FlopsPerSecond}}).text
  expect(at(1.1e9)).toMatch(/, bfloat16 is not faster than float32 on this processor$/)
  expect(at(2e9)).not.toContain('bfloat16')
})
