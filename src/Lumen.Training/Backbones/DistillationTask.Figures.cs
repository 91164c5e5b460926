using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Training.Backbones;

internal sealed partial class DistillationTask
{
    private const int ValidationPictures = 64;
    private const ulong ValidationSeed = 0x5EED;

    /// <summary>
    /// Label-free figures on held-out pictures: the loss; the mean entropy of the teacher's distributions and the entropy of their mean,
    /// both as a share of that of an even distribution (the first near 1, or the second near 0, is a collapse); their divergence from the
    /// student's; and how often the other view of a picture is the nearest one of all by the teacher's class token, less the mean of all.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, double>> Validate()
    {
        using var scope = NewDisposeScope();
        var random = new RandomStream(ValidationSeed);
        var pictures = _heldOut.Batch([.. Enumerable.Range(0, Math.Min(ValidationPictures, _heldOut.Count))]);
        var (large, small) = Views(pictures.to(_student.Vision.Placement.Device), random);
        var loss = LossOf(large, small, Settings.TeacherTemperature, random).Loss.item<float>();
        var classes = _teacher.Tokens(large).Class; // [2·B, D]
        var targets = Targets(_centre, _teacher.ClassHead.call(classes), Settings.TeacherTemperature); // [2·B, K]
        var guesses = nn.functional.log_softmax(_student.ClassHead.call(_student.Tokens(large).Class) / Settings.StudentTemperature, 1);
        var even = Math.Log(Settings.Prototypes);
        var entropy = Entropy(targets).mean().item<float>();
        return
        [
            new("validation_loss", loss),
            new("teacher_entropy", entropy / even),
            new("prototype_usage", Entropy(targets.mean([0], keepdim: true)).item<float>() / even),
            new("student_divergence", -(guesses * targets).sum(1).mean().item<float>() - entropy),
            new("view_retrieval", Retrieval(classes.to_type(ScalarType.Float32))),
        ];
    }

    /// <inheritdoc/>
    public void Preview(string path) => FeaturePreview.Write(path, _teacher.Vision, _recipe.Conventions, _heldOut);

    private static Tensor Entropy(Tensor distributions) => -(distributions * (distributions + 1e-12).log()).sum(1);

    // Share of the first views whose nearest second view is of the same picture.
    private static double Retrieval(Tensor classes)
    {
        using var scope = NewDisposeScope();
        var views = Pieces.Of(nn.functional.normalize(classes - classes.mean([0], keepdim: true), 2, 1, 1e-8), LargeViews, 0);
        var found = views[0].mm(views[1].t()).argmax(1); // [B]
        return found.eq(arange(found.shape[0], ScalarType.Int64, found.device)).cpu().to_type(ScalarType.Float64).mean().item<double>();
    }
}
