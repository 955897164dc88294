import {classifyImages} from '../../evaluate/classify.ts'
import {normalize} from '../../images/normalize.ts'
import {prepareOne} from '../../images/prepare-one.ts'
import type {ImageModel} from '../../models/model.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {type Processor, USUAL} from '../../tasks/processor.ts'
import {replyOf} from './class-reply.ts'
import type {ClassifierQuestions} from './classifier-questions.ts'
import type {ModelPair} from './model-pair.ts'

export interface ImageQuestionOptions extends ModelPair {
  readonly model: ImageModel
  readonly recipe: Recipe
  readonly processor?: Processor | undefined
}

/** Opens a classifier of images for questions. Each is the path of a JPEG or PNG file, which is read as those of the run. */
export function openImageQuestions(options: ImageQuestionOptions): ClassifierQuestions {
  const {engine, model, recipe, processor = USUAL} = options
  const [, height, width] = model.image
  const {filter, scaled} = processor
  const how = {width, height, filter, scaled, orient: recipe.data.orient}
  return {
    kind: 'classes',
    async ask(texts, {signal}) {
      const [file] = texts
      const pixels = normalize(await prepareOne({at: {file}}, how), height * width, processor)
      const image = {count: 1, pixels: async () => pixels}
      return replyOf(texts, options, weights => classifyImages(image, {engine, model, weights, batch: 1, signal}))
    },
    dispose: async () => {},
  }
}
