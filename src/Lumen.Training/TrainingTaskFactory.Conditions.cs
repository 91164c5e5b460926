using System.Security.Cryptography;
using System.Text;
using Lumen.Conditions;
using Lumen.Training.Data;
using static TorchSharp.torch;

namespace Lumen.Training;

public sealed partial record TrainingTaskFactory
{
    private RasterTraining Rasters(Recipe recipe, PictureCorpus train, PictureCorpus validation)
    {
        var settings = Filled(recipe.Condition, train.Classes);
        var condition = settings.ToCondition();
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(settings.ToJson())));
        return new RasterTraining(settings, Open(train), Open(validation));

        TensorCache Open(PictureCorpus corpus) =>
            Cached(
                settings.Name,
                settings.NeedsPictureOnly ? corpus.Identity : corpus.AnnotationIdentity,
                hash,
                corpus.Count,
                indices => stack(indices.Select(index => Raster(corpus, index)))
            ); // [B, planes, H, W]

        Tensor Raster(PictureCorpus corpus, int index)
        {
            try
            {
                return RasterCondition.Bytes(condition.Read(Source(corpus, index)));
            }
            catch (LumenException fault)
            {
                throw new LumenException(
                    $"The {settings.Name.Replace('_', ' ')} of {corpus.Name(index)} cannot be made: {fault.Message}",
                    fault
                );
            }
        }

        AnnotatedPicture Source(PictureCorpus corpus, int index) =>
            settings.NeedsPictureOnly ? new AnnotatedPicture(corpus.ReadPicture(index)) : corpus.Annotated(index);
    }

    // Refuses what cannot be used before anything is rendered or read.
    private static ConditionSettings Filled(ConditionSettings condition, LabelClasses? classes)
    {
        if (condition is { Kind: ConditionKind.LabelMap, Classes: null } && classes is null)
            throw new LumenException(
                "The data set does not say its classes. Put a classes.txt with a name a line into its folder, or give \"classes\" "
                    + "(and \"ignore\") in the recipe's condition."
            );
        var filled = condition.Filled(classes?.Count, classes?.Ignore ?? 255);
        _ = filled.ToCondition();
        return filled;
    }
}
