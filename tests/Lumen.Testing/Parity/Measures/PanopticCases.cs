using System.Globalization;
using System.Text.Json;
using Lumen.Metrics;
using static TorchSharp.torch;

namespace Lumen.Testing.Parity.Measures;

/// <summary>PQ, SQ and RQ of segment maps.</summary>
internal sealed class PanopticCases : MeasureCases
{
    protected override bool FitsInputs(ReferenceCase reference) => reference.HasInputs("gt_segments_u8", "pred_segments_u8");

    protected override void Compare(CaseRun run, ExpectedFigures expected)
    {
        var classes = expected.Root.GetProperty("num_classes").GetInt32();
        var quality = new PanopticQuality(classes);
        var (truth, predicted) = (run.Inputs["gt_segments_u8"], run.Inputs["pred_segments_u8"]);
        for (var i = 0; i < truth.shape[0]; i++)
            quality.Add(
                Map(truth[i], expected.Root.GetProperty("gt_categories")[i]),
                Map(predicted[i], expected.Root.GetProperty("pred_categories")[i])
            );
        expected.Given("num_classes", "gt_categories", "pred_categories");
        for (var id = 0; id < classes; id++)
        {
            var figures = quality.PerClass[id];
            foreach (
                var (name, value) in new (string, double)[]
                {
                    ("tp", figures.Matched),
                    ("fp", figures.Unwanted),
                    ("fn", figures.Missed),
                    ("pq", figures.Pq),
                    ("sq", figures.Sq),
                    ("rq", figures.Rq),
                }
            )
                expected.Compare($"per_class/{id}/{name}", value);
        }
        expected.Compare("pq", quality.Pq);
        expected.Compare("sq", quality.Sq);
        expected.Compare("rq", quality.Rq);
    }

    private static SegmentMap Map(Tensor ids, JsonElement categories) =>
        new(
            Array.ConvertAll(ids.contiguous().data<byte>().ToArray(), id => (ushort)id),
            categories
                .EnumerateObject()
                .ToDictionary(pair => int.Parse(pair.Name, CultureInfo.InvariantCulture), pair => pair.Value.GetInt32())
        );
}
