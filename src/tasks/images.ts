import {Fault} from '../base/fault.ts'
import {readImages} from '../images/read.ts'
import type {ImageTask} from './task.ts'

/** Images by their classes, in any form that `readImages` reads; `labels` classes, where the dataset has so many. */
export const imageTask = (name: string, labels?: number): ImageTask => ({
  kind: 'images',
  name,
  metric: 'accuracy',
  ...(labels === undefined ? {} : {labels}),
  async readExamples(path) {
    const list = await readImages(path)
    if (labels === undefined || list.classes.length === labels) return list
    throw new Fault('input', `${path}: ${name} has ${labels} classes, here are ${list.classes.length}`)
  },
})
