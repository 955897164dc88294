import {join} from 'node:path'
import {Fault} from '../base/fault.ts'
import {listNames, statOf} from '../base/list-files.ts'
import type {ImageList, LabelledImage} from './source.ts'

/**
 * Lists the images of a folder with one subfolder a class: `<folder>/<class>/<image>.jpg`, also .jpeg and .png. Classes and
 * their images are sorted by the code points of their names, as in torchvision's ImageFolder. Hidden files are ignored, and so
 * are files beside the class folders, like a README, unless they are images. A class without images, a folder within a class and
 * a file there that is not an image are faults.
 */
export async function readClassFolders(folder: string): Promise<ImageList> {
  const classes = await classNames(folder)
  const images: LabelledImage[] = []
  for (const [label, name] of classes.entries()) {
    const path = join(folder, name)
    const files = await visible(path)
    if (files.length === 0) throw new Fault('input', `${path}: no images of this class here`)
    for (const file of files) {
      if (!IMAGE.test(file)) throw await notImage(join(path, file), {folder, classes})
      images.push({source: {at: {file: join(path, file)}}, label})
    }
  }
  if (images.length > 0) return {classes, images}
  throw new Fault('input', `${folder}: no images here; they are read from ${join(folder, '<class>', '<image>.jpg')}`)
}

async function classNames(folder: string): Promise<string[]> {
  const names: string[] = []
  for (const name of await visible(folder)) {
    const path = join(folder, name)
    if ((await statOf(path)).isDirectory()) names.push(name)
    else if (IMAGE.test(name)) {
      throw new Fault('input', `${path}: not a folder; images are read from ${join(folder, '<class>', '<image>.jpg')}`)
    }
  }
  return names
}

/** The fault of an entry of a class folder that is not named like an image. */
async function notImage(path: string, {folder, classes}: {folder: string; classes: readonly string[]}): Promise<Fault> {
  if (!(await statOf(path)).isDirectory())
    return new Fault('input', `${path}: not named .jpg, .jpeg or .png; convert it, or move it out`)
  if (classes.every(name => SPLIT.test(name))) {
    const splits = classes.map(name => join(folder, name)).join(' or ')
    return new Fault('input', `${folder}: a folder of splits, not of classes; give one of them: ${splits}`)
  }
  const where = join(folder, '<class>', '<image>.jpg')
  return new Fault('input', `${path}: a folder within a class; move its images up, as they are read from ${where}`)
}

/** The usual names of the folders of splits, as torchvision and Hugging Face's datasets have them. */
const SPLIT = /^(train|training|val|valid|validation|dev|test|testing|eval)$/i

async function visible(folder: string): Promise<string[]> {
  const names = await listNames(folder)
  return names.filter(name => !name.startsWith('.')).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

const IMAGE = /\.(jpe?g|png)$/i
