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
        var type = Registry.Conditions.Find(settings.Kind);
        var condition = type.Create(settings);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(settings.ToJson())));
        return new RasterTraining(settings, type, Open(train), Open(validation)) { Device = Placement.Device };

        TensorCache Open(PictureCorpus corpus) =>
            Cached(
                settings.Name,
                type.NeedsPictureOnly ? corpus.Identity : corpus.AnnotationIdentity,
                hash,
                corpus.Count,
                indices => stack(indices.Select(index => Raster(corpus, index))),
                corpus.Buckets
            ); // [B, planes, H, W]

        Tensor Raster(PictureCorpus corpus, int index)
        {
            try
            {
                return RasterCondition.Bytes(condition.Read(Source(corpus, index)));
            }
            catch (LumenException fault)
            {
                throw new LumenException($"The {settings.Kind.Words} of {corpus.Name(index)} cannot be made: {fault.Message}", fault);
            }
        }

        AnnotatedPicture Source(PictureCorpus corpus, int index) =>
            type.NeedsPictureOnly ? new AnnotatedPicture(corpus.ReadPicture(index)) : corpus.Annotated(index);
    }

    // Refuses what cannot be used before anything is rendered or read.
    private ConditionSettings Filled(ConditionSettings condition, LabelClasses? classes)
    {
        if (condition.Kind == ConditionKind.LabelMap && condition.Classes is null && classes is null)
            throw new LumenException(
                "The data set does not say its classes. Put a classes.txt with a name a line into its folder, or give \"classes\" "
                    + "(and \"ignore\") in the recipe's condition."
            );
        var filled = condition.Filled(classes?.Count, classes?.Ignore ?? 255);
        _ = filled.ToCondition(Registry.Conditions);
        return filled;
    }
}
