// Loss and gradient of every architecture and of every method, in bfloat16 and in float32.
import {expect, test} from 'vitest'
import type {Adapter} from '../../src/adapters/adapter.ts'
import {buildBoft} from '../../src/adapters/boft/build.ts'
import {buildDora} from '../../src/adapters/dora.ts'
import {buildIa3} from '../../src/adapters/ia3.ts'
import type {MethodName} from '../../src/adapters/index.ts'
import {buildKasa} from '../../src/adapters/kasa.ts'
import {buildLora} from '../../src/adapters/lora.ts'
import {buildOsf} from '../../src/adapters/osf.ts'
import {buildPissa} from '../../src/adapters/pissa.ts'
import {buildPsoft} from '../../src/adapters/psoft/psoft.ts'
import {buildSvf} from '../../src/adapters/svf.ts'
import {buildSvft} from '../../src/adapters/svft/build.ts'
import {buildVera} from '../../src/adapters/vera.ts'
import type {ModelConfig} from '../../src/models/config.ts'
import {ARCHITECTURES} from '../../src/models/index.ts'
import type {Model} from '../../src/models/model.ts'
import {openModel} from '../../src/models/open-model.ts'
import type {Numbers} from '../models/adapters.ts'
import {CAUSAL_LMS} from '../models/causal-lms.ts'
import {BERT, classifierNumbers, DINOV2, IMAGE_MODELS, openImages, SEQUENCE_MODELS} from '../models/classifiers.ts'
import {LLAMA, parametersOf} from '../models/llama.ts'
import {
  compareFirstStep,
  compareFirstSteps,
  type Start,
  type StepDifference,
  startAdapters,
  startWhole,
} from './first-step.ts'

const MODELS: Readonly<Record<string, ModelConfig>> = {...CAUSAL_LMS, ...SEQUENCE_MODELS, ...IMAGE_MODELS}

const SQUARE: ModelConfig = {...DINOV2, image_size: 9, patch_size: 3}

const STARTS: readonly (readonly [title: string, config: ModelConfig, model: Model])[] = [
  ...Object.entries(MODELS).map(([name, config]) => [name, config, openModel(config)] as const),
  [
    'dinov2 of images of another size',
    SQUARE,
    openImages(SQUARE).resized?.({height: 13, width: 6}) ?? openImages(SQUARE),
  ],
]

const parameters = (config: ModelConfig, seed: number): Record<string, Numbers> =>
  config.num_labels === undefined ? parametersOf(config, seed) : classifierNumbers(config, seed)

async function expectClose(start: Start, seed?: number): Promise<void> {
  expectSmall(await compareFirstStep(start, seed))
}

function expectSmall({loss, cosine, worst}: StepDifference): void {
  expect(loss).toBeLessThan(2e-2)
  expect(cosine).toBeGreaterThan(0.995)
  expect(worst.cosine, worst.name).toBeGreaterThan(0.95)
}

test('every architecture of the table is compared', () => {
  const compared = new Set(Object.values(MODELS).map(({model_type}) => model_type))
  expect([...compared].sort()).toEqual(Object.keys(ARCHITECTURES).sort())
})

/**
 * A few draws of random parameters magnify the rounding of one activation: with every value of the step rounded to bfloat16,
 * but computed in float32, the cosine of the gradients is then as low. So the medians of three draws are judged.
 */
test.each(STARTS)('%s: loss and gradient of all tensors are those of float32', async (_, config, model) => {
  const differences = await compareFirstSteps([1, 2, 3].map(seed => startWhole(model, parameters(config, seed))))
  const median = (measure: (difference: StepDifference) => number) =>
    differences.toSorted((a, b) => measure(a) - measure(b))[1]
  const [{loss}, {cosine}, {worst}] = [median(it => it.loss), median(it => it.cosine), median(it => it.worst.cosine)]
  expectSmall({loss, cosine, worst})
})

/** Methods with adapters on modules: the others train whole tensors, as every architecture above does. */
const METHOD_CASES: Readonly<Record<Exclude<MethodName, 'head' | 'full' | 'none'>, Readonly<Record<string, Adapter>>>> =
  {
    svft: {
      'svft plain': buildSvft({pattern: 'plain'}),
      'svft plain of rank 5': buildSvft({pattern: 'plain', rank: 5}),
      'svft plain without a gate': buildSvft({pattern: 'plain', gate: false}),
      'svft banded': buildSvft({pattern: 'banded', diagonals: 2}),
      'svft banded with the full basis': buildSvft({pattern: 'banded', diagonals: 2, basis: 'full'}),
      'svft random': buildSvft({pattern: 'random', diagonals: 2}),
      'svft topk': buildSvft({pattern: 'topk', diagonals: 2}),
    },
    lora: {lora: buildLora({rank: 4, alpha: 8})},
    dora: {dora: buildDora({rank: 4, alpha: 8})},
    vera: {vera: buildVera({rank: 8})},
    boft: {boft: buildBoft({b: 4, m: 2})},
    ia3: {ia3: buildIa3({})},
    svf: {svf: buildSvf({})},
    pissa: {pissa: buildPissa({rank: 4, alpha: 8})},
    kasa: {kasa: buildKasa({rank: 4, alpha: 8, beta: 1e-4, gamma: 1e-3})},
    psoft: {psoft: buildPsoft({rank: 6})},
    osf: {osf: buildOsf({kept: 4})},
  }

test.each(Object.values(METHOD_CASES).flatMap(Object.entries<Adapter>))(
  '%s: loss and gradient are those of float32',
  async (_, adapter) => {
    const targets = ['q_proj', 'v_proj', 'o_proj', 'up_proj', 'down_proj']
    await expectClose(await startAdapters(LLAMA, parametersOf(LLAMA), {adapter, targets}))
  },
)

test('with dropout, the same entries are dropped as in float32', async () => {
  const adapter = buildLora({rank: 4, alpha: 8})
  const lora = await startAdapters(LLAMA, parametersOf(LLAMA), {adapter, targets: ['q_proj', 'down_proj']})
  const bert = startWhole(openModel(BERT), classifierNumbers(BERT))
  for (const start of [
    {...lora, training: {...lora.training, dropout: 0.3}},
    {...bert, training: {...bert.training, modelDropout: true}},
  ]) {
    await expectClose(start, 5)
  }
})

test('recomputed blocks give the same loss and gradient', async () => {
  const start = startWhole(openModel(LLAMA), parametersOf(LLAMA))
  await expectClose({...start, training: {...start.training, recompute: true}})
})
