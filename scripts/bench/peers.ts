import {Fault} from '../../src/base/fault.ts'
import {ourAnswers, ourStep, type StepSettings, torchAnswers, torchStep} from './contenders.ts'
import {foreign, type Result, ratioOf} from './finding.ts'
import type {BenchOptions} from './options.ts'
import {best, interleave} from './rounds.ts'

/** Compares the same steps and answers in PyTorch with ours, in turns. */
export async function torchBench(options: BenchOptions): Promise<Result> {
  if (options.python === undefined) {
    throw new Fault('usage', 'peer takes --peer <python>, one that has what scripts/bench/peer/README.md installs')
  }
  const results = [
    await steps({model: 'vit-b', method: 'lora'}, options),
    await steps({model: 'smollm2', method: 'lora'}, options),
    await answers(1, options),
    await answers(16, options),
  ]
  return {findings: results.flatMap(({findings}) => findings), outcomes: results.flatMap(({outcomes}) => outcomes)}
}

async function steps(settings: StepSettings, options: BenchOptions): Promise<Result> {
  const outcomes = await interleave([ourStep(settings, options), torchStep(settings, options)], options)
  const [ours, theirs] = outcomes
  return {findings: [ratioOf(ours, theirs, 'time'), ratioOf(ours, theirs, 'memory')], outcomes}
}

async function answers(batch: number, options: BenchOptions): Promise<Result> {
  const outcomes = await interleave([ourAnswers(batch, options), torchAnswers(batch, options)], options)
  const [ours, theirs] = outcomes
  const [fast, slow] = outcomes.map(outcome => best(outcome, 'tokensPerSecond', 'most'))
  const [x, y] = [fast, slow].map(unit => Number(unit.tokensPerSecond))
  const [p, q] = outcomes.map(outcome => best(outcome, 'prefillSeconds'))
  const [s, t] = [p, q].map(unit => Number(unit.prefillSeconds))
  const what = `${ours.name} / ${theirs.name}`
  const findings = [
    {
      what: `${what}: tokens a second`,
      ratio: x / y,
      figures: `${x.toFixed(1)} and ${y.toFixed(1)} tokens/s`,
      foreign: foreign(fast, slow),
    },
    {
      what: `${what}: time of the prompt`,
      ratio: s / t,
      figures: `${s.toFixed(3)} and ${t.toFixed(3)} s`,
      foreign: foreign(p, q),
    },
    ratioOf(ours, theirs, 'memory'),
  ]
  return {findings, outcomes}
}
