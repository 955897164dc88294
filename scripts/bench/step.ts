// Training steps, one a `go` on stdin (see server.ts): forward, backward, clipping to norm 1, AdamW, on one fixed batch.
//
//   yes go | npx tsx scripts/bench/step.ts --model vit-b --method lora --steps 3
import {parseArgs} from 'node:util'
import type {Adapter} from '../../src/adapters/adapter.ts'
import {buildBoft} from '../../src/adapters/boft/build.ts'
import {buildDora} from '../../src/adapters/dora.ts'
import {buildLora} from '../../src/adapters/lora.ts'
import {type AdapterPlan, plan as planOf} from '../../src/adapters/plan.ts'
import {buildSvft} from '../../src/adapters/svft/build.ts'
import {buildVera} from '../../src/adapters/vera.ts'
import {openOnnx} from '../../src/engine/onnx.ts'
import {type Engine, size} from '../../src/engine/program.ts'
import {initialise} from '../../src/recipes/training/initial-tensors.ts'
import {random} from '../../src/tensor/random.ts'
import {layout} from '../../src/train/layout.ts'
import {adamw, clipFactor, gradientNorm} from '../../src/train/optimizer.ts'
import {causalSubject, LLAMA_768, SMOLLM2} from './causal-subject.ts'
import {choose, count, main} from './flags.ts'
import {type Answer, serve} from './server.ts'
import type {Subject, SubjectOptions} from './subject.ts'
import {VIT_B, vitSubject} from './vit-subject.ts'
import {benchFolder} from './weights.ts'

const MODELS: Readonly<Record<string, (options: SubjectOptions) => Promise<Subject>>> = {
  'vit-b': options => vitSubject(VIT_B, options),
  'llama-768': ({folder: _, ...options}) => causalSubject(LLAMA_768, options),
  smollm2: options => causalSubject(SMOLLM2, options),
}

const RANK = 8

/** The methods of the paper on ViT-B. */
const METHODS: Readonly<Record<string, (diagonals: number) => Adapter | undefined>> = {
  lora: () => buildLora({rank: RANK, alpha: RANK}),
  dora: () => buildDora({rank: RANK, alpha: RANK}),
  vera: () => buildVera({rank: 256}),
  boft: () => buildBoft({b: 4, m: 4}),
  'svft-plain': () => buildSvft({pattern: 'plain'}),
  'svft-banded': diagonals => buildSvft({pattern: 'banded', diagonals}),
  'svft-random': diagonals => buildSvft({pattern: 'random', diagonals}),
  full: () => undefined,
}

await main(async () => {
  const {values: flags} = parseArgs({
    options: {
      model: {type: 'string'},
      method: {type: 'string', default: 'lora'},
      batch: {type: 'string'}, // texts (4) or images (8) in a step
      tokens: {type: 'string'}, // of a text (256)
      diagonals: {type: 'string', default: '2'}, // of svft-banded; svft-random trains the same number of entries
      everywhere: {type: 'boolean', default: false}, // vera and boft on lora's targets too
      recompute: {type: 'boolean', default: false},
      folder: {type: 'string'}, // SmolLM2's checkpoint, in place of random weights
      threads: {type: 'string', default: '2'},
      steps: {type: 'string'}, // stop after this many, not only at quit
      warmup: {type: 'string', default: '2'}, // untimed steps before the first go
    },
  })
  const {model, method, recompute, folder} = flags
  const [batch, tokens] = [count('batch', flags.batch), count('tokens', flags.tokens)]
  const subject = await choose('--model', model, MODELS)({batch, tokens, folder})
  const adapter = choose('--method', method, METHODS)(count('diagonals', flags.diagonals))
  const {shapes} = subject
  const targets = method in subject.fewer && !flags.everywhere ? subject.fewer[method as 'vera'] : subject.targets
  const whole = adapter ? subject.whole : Object.keys(shapes)
  const plan = planOf(shapes, adapter ? {adapter, targets, whole} : {whole})
  const engine = openOnnx({threads: count('threads', flags.threads)})

  await serve(await training(subject, plan, {engine, recompute}), {
    warmup: count('warmup', flags.warmup, 0),
    steps: count('steps', flags.steps),
    about: {
      model,
      method,
      batch: subject.batch,
      tokens: subject.tokens,
      diagonals: method === 'svft-banded' || method === 'svft-random' ? Number(flags.diagonals) : undefined,
      recompute,
      trainable: plan.count,
      weightBytes: 4 * Object.values(shapes).reduce((sum, shape) => sum + size(shape), 0),
      flops: method === 'lora' ? subject.loraFlops(plan, RANK) : undefined,
      threads: engine.threads,
    },
  })
})

/** Initializes the method, compiles the step, and returns a function that runs one step. */
async function training(
  subject: Subject,
  plan: AdapterPlan,
  {engine, recompute}: {readonly engine: Engine; readonly recompute: boolean},
): Promise<() => Promise<Answer>> {
  const {tensors, feeds} = subject
  process.env.SVFT_CACHE = benchFolder // nothing else needs the decompositions of random weights
  const {frozen, trainable} = await initialise({plan, tensors, random: random(0), threads: engine.threads})
  const slots = layout(Object.entries(plan.trainable).map(([name, shape]) => ({name, shape})))
  const moments = {theta: slots.pack(trainable), m: new Float32Array(slots.size), v: new Float32Array(slots.size)}
  const weights = Object.fromEntries(Object.entries({...tensors, ...frozen}).filter(([name]) => !(name in trainable)))
  const program = await subject.compile(engine, {plan, layout: slots, weights, recompute})
  const groups = [{from: 0, to: slots.size, lr: 1e-4}]
  let step = 0

  return async () => {
    const start = performance.now()
    const {loss, grad} = (await program.run({...feeds, theta: moments.theta})) as Record<string, Float32Array>
    const scale = clipFactor(gradientNorm(grad), 1)
    adamw(moments, grad, {betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, step: ++step, groups, scale})
    return {seconds: (performance.now() - start) / 1000, loss: loss[0]}
  }
}
