using Lumen.Models.Text;
using Lumen.Pretrained;
using Lumen.Training.Backbones;

namespace Lumen.Training;

public sealed partial record TrainingTaskFactory
{
    /// <summary>
    /// A fresh CLIP that reads prompts as a base model does: it takes over the base's tokenizer, whose files are written into the output.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="model">The base's folder.</param>
    /// <exception cref="LumenException">The recipe describes no CLIP, the phrases cannot be used, or the folder is no model.</exception>
    public ITrainingTask Clip(Recipe recipe, string model)
    {
        RefuseDenoiserSettings(recipe);
        var backbone =
            recipe.Backbone ?? throw new LumenException("The recipe has no \"backbone\" section; this kind of training needs one.");
        backbone.Validate(recipe.Data.Resolution);
        if (!backbone.IsContrastive)
            throw new LumenException($"A CLIP is trained with the family \"clip\", but the recipe's backbone is of \"{backbone.Family}\".");
        _ = Required(recipe.TextEncoder, "text_encoder"); // before anything is rendered
        RequireFolder(model);
        using var source = PipelineSource.Open(model, new ModelFileOptions { Registry = Registry });
        var whole = WholeClip.Read(source.Tokenizer.Folder, recipe.Phrases);
        var tokenizer = ClipTokenizer.Load(source.Tokenizer.Folder, source.Tokenizer.Padding);
        var listed = List(recipe.Data);
        ForeseeContrastive(recipe, backbone, tokenizer);
        var record = WithModel(RecordOf(recipe, listed, annotations: false), "base model", model, "tokenizer");
        var checkpoint = Compared(record, recipe.Training);
        Forecast((recipe, listed, checkpoint), null, (runs, small) => runs.Clip(small, model));
        var (train, validation) = Open(recipe.Data, listed);
        var text = TextEncoder(recipe, tokenizer, positions: tokenizer.MaxLength);
        return new ContrastiveTask(backbone, (train, validation), (tokenizer, text), recipe.Training, Placement)
        {
            Record = record,
            Whole = whole,
        };
    }
}
