using Lumen.Training.Backbones;

namespace Lumen.Training;

public sealed partial record TrainingTaskFactory
{
    /// <summary>
    /// A fresh vision transformer of the recipe's family; for CLIP also a text encoder, whose tokenizer is written into the output.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <exception cref="LumenException">The recipe has no backbone, or one that cannot be trained.</exception>
    public ITrainingTask VisionTransformer(Recipe recipe)
    {
        RefuseDenoiserSettings(recipe);
        var backbone =
            recipe.Backbone ?? throw new LumenException("The recipe has no \"backbone\" section; this kind of training needs one.");
        backbone.Validate(recipe.Data.Resolution);
        if (backbone.IsContrastive)
            _ = Required(recipe.TextEncoder, "text_encoder"); // before anything is rendered
        var listed = List(recipe.Data);
        if (backbone.IsContrastive)
            ForeseeContrastive(recipe, backbone, null);
        var record = RecordOf(recipe, listed, annotations: false);
        var checkpoint = Compared(record, recipe.Training);
        Forecast((recipe, listed, checkpoint), null, (runs, small) => runs.VisionTransformer(small));
        var (train, validation) = Open(recipe.Data, listed);
        if (!backbone.IsContrastive)
            return new DistillationTask(backbone, (train, validation), recipe.Training, Placement) { Record = record };
        record = WithVocabulary(record, checkpoint, train);
        var tokenizer = Vocabulary(recipe, train);
        return new ContrastiveTask(backbone, (train, validation), (tokenizer, TextEncoder(recipe, tokenizer)), recipe.Training, Placement)
        {
            Record = record,
        };
    }
}
