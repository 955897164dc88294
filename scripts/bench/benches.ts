// The comparisons. Every figure is a ratio of two values of one run, since seconds alone mean little on another machine, or
// on the same one tomorrow.
import {type BenchOptions, bound, ourDecoding, ourStep, type StepSettings} from './contenders.ts'
import {compare, compareFlops, compareMemory, foreign, giga, joinResults, mega, peak, type Result} from './finding.ts'
import {torchBench} from './peers.ts'
import {best, interleave} from './rounds.ts'

export const BENCHES: Readonly<Record<string, (options: BenchOptions) => Promise<Result>>> = {
  roofline,
  memory,
  methods,
  decode,
  peer: torchBench,
}

/** Measures the FLOP/s of a training step relative to those of matrix products alone. */
async function roofline(options: BenchOptions): Promise<Result> {
  const steps = (['vit-b', 'llama-768'] as const).map(model => ourStep({model, method: 'lora'}, options))
  const outcomes = await interleave([bound('gemm', options), ...steps], options)
  return {findings: outcomes.slice(1).map(outcome => compareFlops(outcome, outcomes[0])), outcomes}
}

/** Measures the peak memory of training relative to the weights, and the effect of recomputing activations. */
async function memory(options: BenchOptions): Promise<Result> {
  const settings = {model: 'vit-b', method: 'lora'} as const
  const outcomes = await interleave(
    [ourStep(settings, options), ourStep({...settings, recompute: true}, options)],
    options,
  )
  const [stored, recomputed] = outcomes
  const peaks = outcomes.map(outcome => ({
    subject: `${outcome.name}: peak memory / its weights`,
    ratio: peak(outcome) / Number(outcome.about.weightBytes),
    figures: `${mega(peak(outcome))}, of it ${mega(Number(outcome.about.mappedBytes))} mapped files`,
  }))
  const findings = [...peaks, compareMemory(recomputed, stored), compare(recomputed, stored, 'seconds')]
  return {findings, outcomes}
}

/** Measures the cost of the other methods relative to lora. */
async function methods(options: BenchOptions): Promise<Result> {
  const others = [
    {method: 'dora'},
    {method: 'vera'},
    {method: 'boft'},
    {method: 'boft', everywhere: true},
    {method: 'svft-plain'},
    {method: 'svft-banded', diagonals: 2},
    {method: 'svft-banded', diagonals: 8},
    {method: 'svft-random', diagonals: 2},
  ] as const
  const results: Result[] = []
  for (const model of ['vit-b', 'llama-768'] as const) {
    const settings: StepSettings[] = [{model, method: 'lora'}, ...others.map(method => ({model, ...method}))]
    const outcomes = await interleave(
      settings.map(each => ourStep(each, options)),
      options,
    )
    const [lora, ...rest] = outcomes
    results.push({findings: rest.map(outcome => compare(outcome, lora, 'seconds')), outcomes})
  }
  return joinResults(results)
}

/** Compares decoding one text with reading its float32 weights once per token, and measures the gain of a batch. */
async function decode(options: BenchOptions): Promise<Result> {
  const contenders = [bound('bandwidth', options), ourDecoding({batch: 1}, options), ourDecoding({batch: 16}, options)]
  const outcomes = await interleave(contenders, options)
  const [reading, one, many] = outcomes
  const pass = best(reading, 'bytesPerSecond', 'most')
  const unit = best(one, 'tokensPerSecond', 'most')
  const [bandwidth, speed] = [Number(pass.bytesPerSecond), Number(unit.tokensPerSecond)]
  const weights = Number(one.about.weightBytes)
  const finding = {
    subject: `${one.name} / bandwidth: bytes of weights a second`,
    ratio: (speed * weights) / bandwidth,
    figures: `${speed.toFixed(1)} tokens/s × ${mega(weights)}; ${giga(bandwidth, 1)} GB/s`,
    foreign: foreign(unit, pass),
  }
  return {findings: [finding, compare(many, one, 'tokensPerSecond')], outcomes}
}
