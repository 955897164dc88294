// Training steps, one a `go` on stdin (see server.ts): forward, backward, clipping to norm 1, AdamW, on one fixed batch.
//
//   yes go | npx tsx scripts/bench/step.ts --model vit-b --method lora --steps 3
import {parseArgs} from 'node:util'
import type {Adapter} from '../../src/adapters/adapter.ts'
import {buildAdapter} from '../../src/adapters/index.ts'
import {plan as planOf} from '../../src/adapters/plan.ts'
import {graphCost} from '../../src/engine/graph-cost.ts'
import {totalSize} from '../../src/engine/program.ts'
import {trace} from '../../src/engine/trace.ts'
import {initializeAdapters} from '../../src/recipes/training/initial-tensors.ts'
import {random} from '../../src/tensor/random.ts'
import {layout} from '../../src/train/layout.ts'
import {clipFactor} from '../../src/train/optimizer.ts'
import {openOptimizer} from '../../src/train/optimizer-threads.ts'
import {shapeTrainingStep} from '../../src/train/step.ts'
import {lookUp} from '../look-up.ts'
import {runWhenStarted} from '../start.ts'
import {causalSubject, LLAMA_768, SMOLLM2} from './causal-subject.ts'
import {openEngine} from './engines.ts'
import {count} from './flags.ts'
import {profileOpenVino} from './profile.ts'
import {FLAGS, serve} from './server.ts'
import type {Subject, SubjectOptions} from './subject.ts'
import {vitSubject} from './vit-subject.ts'
import {benchFolder} from './weights.ts'

const MODELS: Readonly<Record<string, (options: SubjectOptions) => Promise<Subject>>> = {
  'vit-b': vitSubject,
  'llama-768': options => causalSubject(LLAMA_768, options),
  smollm2: options => causalSubject(SMOLLM2, options),
}

/** The methods of the paper on ViT-B; where there is no adapter, every tensor trains. */
const METHODS: Readonly<Record<string, (diagonals: number) => Adapter | undefined>> = {
  full: () => undefined,
  lora: () => buildAdapter({method: 'lora', rank: 8, alpha: 8}),
  dora: () => buildAdapter({method: 'dora', rank: 8, alpha: 8}),
  vera: () => buildAdapter({method: 'vera', rank: 256}),
  boft: () => buildAdapter({method: 'boft', b: 4, m: 4}),
  'svft-plain': () => svft({pattern: 'plain'}),
  'svft-banded': diagonals => svft({pattern: 'banded', diagonals}),
  'svft-random': diagonals => svft({pattern: 'random', diagonals}),
}

/** With M at zero the first loss is the model's own, as with lora, so that engines and PyTorch can be compared. */
const svft = (settings: {pattern: 'plain' | 'banded' | 'random'; diagonals?: number}) =>
  buildAdapter({method: 'svft', init: 'zeros', ...settings})

await runWhenStarted(import.meta.url, async () => {
  const {values: flags} = parseArgs({
    options: {
      ...FLAGS,
      model: {type: 'string'},
      method: {type: 'string', default: 'lora'},
      batch: {type: 'string'}, // texts (4) or images (8) in a step
      tokens: {type: 'string'}, // of a text (256)
      diagonals: {type: 'string', default: '2'}, // of svft-banded; svft-random trains the same number of entries
      everywhere: {type: 'boolean', default: false}, // vera and boft on lora's targets too
      recompute: {type: 'boolean', default: false},
      profile: {type: 'string'}, // print the N types of node and the N nodes that take most time, as OpenVINO measures it, on stderr
      folder: {type: 'string'}, // a checkpoint in place of random weights
    },
  })
  const {method, recompute, folder} = flags
  const [batch, tokens] = [count('batch', flags.batch), count('tokens', flags.tokens)]
  const subject = await lookUp('--model', MODELS, flags.model)({batch, tokens, folder})
  const adapter = lookUp('--method', METHODS, method)(count('diagonals', flags.diagonals))
  const {model, tensors, feeds} = subject
  const targets = method in subject.fewer && !flags.everywhere ? subject.fewer[method as 'vera'] : subject.targets
  const plan = planOf(model, {adapter, targets, whole: adapter ? subject.whole : Object.keys(model.shapes)})
  const lines = count('profile', flags.profile)
  const printProfile = lines && profileOpenVino(lines)
  const engine = await openEngine(flags)

  process.env.SVFT_CACHE = benchFolder // nothing else needs the decompositions of random weights
  const slots = layout(plan.trainable)
  const {frozen, theta} = await initialize()
  const moments = {theta, m: new Float32Array(slots.size), v: new Float32Array(slots.size)}
  const weights = Object.fromEntries(
    Object.entries({...tensors, ...frozen}).filter(([name]) => !(name in plan.trainable)),
  )
  const training = {model, plan, layout: slots, weights, recompute}
  const {step, inputs} = shapeTrainingStep(training, subject.batch, subject.tokens)
  const program = await engine.compile(step, {inputs, weights, results: new Map()})
  const groups = [{from: 0, to: slots.size, lr: 1e-4}]
  const optimizer = openOptimizer(slots.size, engine.threads)
  const losses: number[] = []

  async function initialize() {
    const {frozen, trainable} = await initializeAdapters({plan, tensors, random: random(0), threads: engine.threads})
    return {frozen, theta: slots.pack(trainable)} // nothing keeps the tensors that it copies
  }

  const runStep = async () => {
    const start = performance.now()
    const {loss, grad} = (await program.run({...feeds, theta: moments.theta})) as Record<string, Float32Array>
    const {norm} = await optimizer.accumulate(grad, {weight: 1, done: 0, total: 1})
    const scale = clipFactor(norm, 1)
    await optimizer.adamw(moments, grad, {
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay: 0,
      step: losses.length + 1,
      groups,
      scale,
    })
    losses.push(loss[0])
    return {seconds: (performance.now() - start) / 1000, loss: loss[0]}
  }
  await serve(runStep, {
    flags,
    engine,
    about: {
      model: flags.model,
      method,
      batch: subject.batch,
      tokens: subject.tokens,
      diagonals: method === 'svft-banded' || method === 'svft-random' ? Number(flags.diagonals) : undefined,
      recompute,
      trainable: plan.count,
      weightBytes: 4 * totalSize(model.shapes),
      flops: graphCost(trace(step, {inputs, weights}).nodes).flops,
      losses, // of all steps, the warm-up's too
    },
  })
  await optimizer.close()
  if (printProfile) printProfile()
})
