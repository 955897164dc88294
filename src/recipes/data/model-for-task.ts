import {prefixFaults} from '../../base/fault.ts'
import type {Model} from '../../models/model.ts'
import {modelFor} from '../../models/open-model.ts'
import type {OpenedModel} from '../opened-model.ts'

/** The recipe's model, which must be of the kind that its task needs. */
export const modelForTask = <Kind extends Model['task']>(
  kind: Kind,
  {recipe, model}: Pick<OpenedModel, 'recipe' | 'model'>,
) => prefixFaults(recipe.name, () => modelFor(kind, model, `task ${recipe.task}`))
