import {BaseCommand} from './base.ts'

export default class Schema extends BaseCommand {
  static override summary = 'Print the JSON Schema of recipe files.'

  static override description = `Editors with yaml-language-server complete and check recipes by it.

Write it to a file, then name the file in the first line of a recipe:

  # yaml-language-server: $schema=../recipe.schema.json

or, in the settings of VS Code, for all recipes at once:

  "yaml.schemas": {"./recipe.schema.json": "configs/**/*.yaml"}

A recipe may inherit any of its keys (extends), so the schema requires none of them; what is missing shows when the
recipe is read.`

  static override examples = ['<%= config.bin %> <%= command.id %> > recipe.schema.json']

  async run(): Promise<object> {
    await this.parse(Schema)
    const {editorShape} = await import('../recipes/file/shape.ts')
    const shape = editorShape()
    this.log(JSON.stringify(shape, undefined, 2))
    return shape
  }
}
