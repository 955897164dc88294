import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {DINOV2} from '../../test/models/classifiers.ts'
import {openImagePlace} from '../../test/support/classify-workplace.ts'
import {tinyRecipe} from '../../test/support/workplace.ts'
import {run} from '../recipes/run.ts'
import {openCheckpoint} from '../weights/checkpoint.ts'
import {writeMerged} from './merge-model.ts'
import {openTrained} from './open-trained.ts'

test('a DINOv2 that was trained whole on cropped images keeps the positions of its config, and predicts the same once written', async () => {
  const folder = await openImagePlace({...DINOV2, image_size: 9, patch_size: 3})
  process.chdir(folder)
  process.env.SVFT_CACHE = join(folder, 'cache')
  const processor = {image_processor_type: 'BitImageProcessor', size: {shortest_edge: 6}, crop_size: 6}
  writeFileSync('model/preprocessor_config.json', JSON.stringify(processor))
  const recipe = (changes: object) =>
    tinyRecipe(folder, {task: 'images', data: {train: 'train', test: {test: 'test'}}, ...changes})
  const predictions = (at: string) => readFileSync(join(at, 'predictions-test.jsonl'), 'utf8')

  const trained = await run(await recipe({adapter: {method: 'full'}, train: {steps: 2, lr: 0.01}}))
  await writeMerged(await openTrained(trained.folder), join(folder, 'merged'))
  const {config, tensors} = await openCheckpoint('merged')
  expect(config.use_mask_token).toBe(false) // which a checkpoint of a classifier lacks
  expect(tensors['dinov2.embeddings.position_embeddings'].shape).toEqual([1, 10, 12])
  const none = {...(await recipe({adapter: {method: 'none'}})), train: undefined}
  const scored = await run({...none, model: {path: join(folder, 'merged')}})
  expect(predictions(scored.folder)).toBe(predictions(trained.folder))
})
