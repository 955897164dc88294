import {Fault} from '../../src/base/fault.ts'
import {type BenchOptions, ourDecoding, ourStep, type StepSettings, torchDecoding, torchStep} from './contenders.ts'
import {compare, compareMemory, joinResults, type Result} from './finding.ts'
import {interleave} from './rounds.ts'

/** Compares training steps and decoding with the same in PyTorch, in turns. */
export async function torchBench(options: BenchOptions): Promise<Result> {
  if (options.python === undefined) {
    throw new Fault('usage', 'peer needs --peer <python>, with the packages that scripts/bench/peer/README.md lists')
  }
  return joinResults([
    await compareSteps({model: 'vit-b', method: 'lora'}, options),
    await compareSteps({model: 'smollm2', method: 'lora'}, options),
    await compareDecoding(1, options),
    await compareDecoding(16, options),
  ])
}

async function compareSteps(settings: StepSettings, options: BenchOptions): Promise<Result> {
  const outcomes = await interleave([ourStep(settings, options), torchStep(settings, options)], options)
  const [ours, theirs] = outcomes
  return {findings: [compare(ours, theirs, 'seconds'), compareMemory(ours, theirs)], outcomes}
}

async function compareDecoding(batch: number, options: BenchOptions): Promise<Result> {
  const outcomes = await interleave([ourDecoding(batch, options), torchDecoding(batch, options)], options)
  const [ours, theirs] = outcomes
  const findings = [
    compare(ours, theirs, 'tokensPerSecond'),
    compare(ours, theirs, 'prefillSeconds'),
    compareMemory(ours, theirs),
  ]
  return {findings, outcomes}
}
