using Lumen.Metrics;
using static TorchSharp.torch;

namespace Lumen.Testing.Parity.Measures;

/// <summary>Cosines and scores of embeddings.</summary>
internal sealed class ClipScoreCases : MeasureCases
{
    protected override bool FitsInputs(ReferenceCase reference) =>
        reference.HasInputs("image_embeds", "text_embeds") && ExpectedFigures.FieldsOf(reference).Contains("cosine");

    protected override void Compare(CaseRun run, ExpectedFigures expected)
    {
        var (images, texts) = (run.Inputs["image_embeds"], run.Inputs["text_embeds"]);
        var percent = Values(ClipScore.Of(images, texts));
        expected.CompareAll("cosine", Values(ClipScore.Cosines(images, texts)));
        expected.CompareAll("clip_score_100", percent);
        expected.Compare("mean_clip_score_100", percent.Average());
        expected.CompareAll("clip_s_2.5", Values(ClipScore.Of(images, texts, ClipScore.Paper)));
    }

    private static double?[] Values(Tensor scores) => [.. scores.data<double>().ToArray()];
}
