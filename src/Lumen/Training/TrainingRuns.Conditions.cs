using System.Security.Cryptography;
using System.Text;
using Lumen.Conditions;
using Lumen.Data;
using Lumen.Scenes;
using static TorchSharp.torch;

namespace Lumen.Training;

public sealed partial record TrainingRuns
{
    private RasterTraining Rasters(Recipe recipe, PictureCorpus train, PictureCorpus validation)
    {
        var settings = recipe.Condition.Filled(SceneClasses.Count);
        var condition = settings.ToCondition();
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(settings.ToJson())));
        return new RasterTraining(settings, Open(train), Open(validation));

        TensorCache Open(PictureCorpus corpus) => Cached(
            $"{settings.Name}-{corpus.Identity}", hash, corpus.Count, indices => stack(indices.Select(index => RasterCondition.Bytes(condition.Read(Source(corpus, index))))));   // [B, planes, H, W]

        AnnotatedPicture Source(PictureCorpus corpus, int index) => settings.NeedsPictureOnly ? new AnnotatedPicture(corpus.ReadPicture(index)) : corpus.Annotated(index);
    }
}
