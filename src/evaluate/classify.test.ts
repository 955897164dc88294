import {expect, test} from 'vitest'
import {relativeError} from '../../test/models/adapters.ts'
import {BERT, classifierWeights, DEBERTA, openImages, openTexts, VIT} from '../../test/models/classifiers.ts'
import {ONNX} from '../../test/models/engines.ts'
import {random} from '../tensor/random.ts'
import {classifyImages, classifyTexts} from './classify.ts'

const draw = random(1, 'texts')
const texts = [3, 12, 1, 16, 7].map(length => ({
  ids: Int32Array.from({length}, () => draw.int(20)),
  typeIds: Int32Array.from({length}, (_, t) => Number(t > 2)),
}))

for (const [title, config] of Object.entries({BERT, DEBERTA})) {
  test(`${title}: logits are in the texts’ order, and do not depend on the other texts of a batch`, async () => {
    const options = {engine: ONNX, model: openTexts(config), weights: classifierWeights(config)}
    const done: number[] = []
    const together = await classifyTexts(texts, {...options, batch: 2, onProgress: count => done.push(count)})
    expect(done).toEqual([0, 2, 4, 5])
    expect(together.map(({length}) => length)).toEqual([3, 3, 3, 3, 3])
    for (const [i, text] of texts.entries()) {
      const [alone] = await classifyTexts([text], {...options, batch: 8})
      expect(relativeError(together[i], alone), `text ${i}`).toBeLessThan(1e-5)
    }
  })
}

test('a model reads the types of tokens, and no more positions than it has', async () => {
  const short = {...BERT, max_position_embeddings: 14}
  const options = {engine: ONNX, model: openTexts(short), weights: classifierWeights(short), batch: 1}
  const [{ids, typeIds}] = texts.filter(text => text.ids.length === 12)
  const [[typed], [plain]] = [await classifyTexts([{ids, typeIds}], options), await classifyTexts([{ids}], options)]
  expect(relativeError(typed, plain)).toBeGreaterThan(1e-3)
})

test('an image’s logits stand in its place', async () => {
  const options = {engine: ONNX, model: openImages(VIT), weights: classifierWeights(VIT)}
  const images = Array.from({length: 5}, () => Float32Array.from({length: 3 * 4 * 7}, () => draw.normal()))
  const source = (chosen: readonly Float32Array[]) => ({
    count: chosen.length,
    pixels: async (numbers: readonly number[]) => Float32Array.from(numbers.flatMap(i => [...chosen[i]])),
  })
  const together = await classifyImages(source(images), {...options, batch: 2})
  for (const [i, image] of images.entries()) {
    const [alone] = await classifyImages(source([image]), {...options, batch: 2})
    expect(relativeError(together[i], alone)).toBeLessThan(1e-5)
  }
})

test('without texts there are no logits, and an aborted classification stops', async () => {
  const options = {engine: ONNX, model: openTexts(BERT), weights: classifierWeights(BERT), batch: 2}
  expect(await classifyTexts([], options)).toEqual([])
  const controller = new AbortController()
  const onProgress = () => controller.abort(new Error('stopped'))
  await expect(classifyTexts(texts, {...options, onProgress, signal: controller.signal})).rejects.toThrow('stopped')
})
