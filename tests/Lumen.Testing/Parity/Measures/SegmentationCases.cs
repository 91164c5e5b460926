using Lumen.Metrics;
using static TorchSharp.torch;

namespace Lumen.Testing.Parity.Measures;

/// <summary>Accuracies and IoU of label maps.</summary>
internal sealed class SegmentationCases : MeasureCases
{
    protected override bool FitsInputs(ReferenceCase reference) => reference.HasInputs("gt_u8", "pred_u8");

    protected override void Compare(CaseRun run, ExpectedFigures expected)
    {
        var classes = expected.Root.GetProperty("num_classes").GetInt32();
        var matrix = new ConfusionMatrix(classes, expected.Root.TryGetProperty("ignore", out var ignore) ? ignore.GetInt32() : -1);
        foreach (var (truth, predicted) in run.Inputs["gt_u8"].unbind().Zip(run.Inputs["pred_u8"].unbind()))
            matrix.Add(Bytes(truth), Bytes(predicted));
        expected.Given("num_classes", "ignore");
        for (var truth = 0; truth < classes; truth++)
            expected.CompareAll($"confusion/{truth}", Enumerable.Range(0, classes).Select(predicted => (double?)matrix[truth, predicted]));
        expected.Compare("pixel_accuracy", matrix.PixelAccuracy);
        expected.CompareAll("class_accuracy", matrix.ClassAccuracy);
        expected.Compare("mean_class_accuracy", matrix.MeanClassAccuracy);
        expected.CompareAll("iou", matrix.IoU);
        expected.Compare("miou", matrix.MeanIoU);
        expected.Compare("frequency_weighted_iou", matrix.FrequencyWeightedIoU);
    }

    private static byte[] Bytes(Tensor map) => map.contiguous().data<byte>().ToArray();
}
