// The comparisons. Every figure is a ratio of two numbers of one run, since seconds alone mean little on another
// machine, or on the same one tomorrow.
import type {Unit} from './contender.ts'
import {bound, ourAnswers, ourStep, type StepSettings} from './contenders.ts'
import {foreign, giga, mega, peak, type Result, ratioOf} from './finding.ts'
import type {BenchOptions} from './options.ts'
import {torchBench} from './peers.ts'
import {best, interleave} from './rounds.ts'

export const BENCHES: Readonly<Record<string, (options: BenchOptions) => Promise<Result>>> = {
  roofline,
  memory,
  methods,
  decode,
  peer: torchBench,
}

/** Measures the FLOP/s of a training step (flops.ts) relative to those of matrix products alone. */
async function roofline(options: BenchOptions): Promise<Result> {
  const steps = (['vit-b', 'llama-768'] as const).map(model => ourStep({model, method: 'lora'}, options))
  const outcomes = await interleave([bound('gemm', options), ...steps], options)
  const products = best(outcomes[0], 'flopsPerSecond', 'most')
  const rate = Number(products.flopsPerSecond)
  const findings = outcomes.slice(1).map(outcome => {
    const unit = best(outcome)
    const flops = Number(outcome.about.flops)
    return {
      what: `${outcome.name} / gemm: FLOPs a second`,
      ratio: flops / unit.seconds / rate,
      figures: `${giga(flops)} G in ${unit.seconds.toFixed(3)} s; ${giga(rate)} G/s at ${products.shape}`,
      foreign: foreign(unit, products),
    }
  })
  return {findings, outcomes}
}

/** Measures the peak memory of training relative to the weights, and what recomputing activations saves and costs. */
async function memory(options: BenchOptions): Promise<Result> {
  const settings = {model: 'vit-b', method: 'lora'} as const
  const outcomes = await interleave(
    [ourStep(settings, options), ourStep({...settings, recompute: true}, options)],
    options,
  )
  const [kept, again] = outcomes
  const held = outcomes.map(outcome => ({
    what: `${outcome.name}: peak memory / its weights`,
    ratio: peak(outcome) / Number(outcome.about.weightBytes),
    figures: `${mega(peak(outcome))}, of it ${mega(Number(outcome.about.mappedBytes))} mapped files`,
  }))
  return {findings: [...held, ratioOf(again, kept, 'memory'), ratioOf(again, kept, 'time')], outcomes}
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
    results.push({findings: rest.map(outcome => ratioOf(outcome, lora, 'time')), outcomes})
  }
  return {findings: results.flatMap(({findings}) => findings), outcomes: results.flatMap(({outcomes}) => outcomes)}
}

/** Compares decoding one text with reading its float32 weights once per token, and measures the gain of a batch. */
async function decode(options: BenchOptions): Promise<Result> {
  const contenders = [bound('bandwidth', options), ourAnswers(1, options), ourAnswers(16, options)]
  const outcomes = await interleave(contenders, options)
  const pass = best(outcomes[0], 'bytesPerSecond', 'most')
  const [one, many] = outcomes.slice(1).map(outcome => best(outcome, 'tokensPerSecond', 'most'))
  const speed = (unit: Unit) => Number(unit.tokensPerSecond)
  const weights = Number(outcomes[1].about.weightBytes)
  const bandwidth = Number(pass.bytesPerSecond)
  const findings = [
    {
      what: `${outcomes[1].name} / bandwidth: bytes of weights a second`,
      ratio: (speed(one) * weights) / bandwidth,
      figures: `${speed(one).toFixed(1)} tokens/s × ${mega(weights)}; ${giga(bandwidth, 1)} GB/s`,
      foreign: foreign(one, pass),
    },
    {
      what: `${outcomes[2].name} / ${outcomes[1].name}: tokens a second`,
      ratio: speed(many) / speed(one),
      figures: `${speed(many).toFixed(1)} and ${speed(one).toFixed(1)} tokens/s`,
      foreign: foreign(many, one),
    },
  ]
  return {findings, outcomes}
}
