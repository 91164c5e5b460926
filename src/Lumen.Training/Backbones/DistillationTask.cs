using Lumen.Core.Tensors;
using Lumen.Models.Vision;
using Lumen.Training.Data;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Training.Backbones;

/// <summary>
/// Trains a vision transformer by self-distillation without labels: DINO (Caron et al. 2021), and with masked patches, registers and spread
/// class tokens DINOv2 (Oquab et al. 2023). What is exported is the teacher.
/// </summary>
internal sealed partial class DistillationTask : ITrainingTask, ITrainingState
{
    private const int LargeViews = 2;
    private readonly RecipeBackbone _recipe;
    private readonly DistillationNetwork _student;
    private readonly DistillationNetwork _teacher;
    private readonly MomentumTeacher _momentum;
    private readonly TeacherCentre _centre;
    private readonly TeacherCentre? _patchCentre;
    private readonly PictureCorpus _corpus;
    private readonly PictureCorpus _heldOut;
    private readonly long _steps;
    private Tensor? _classMean; // of the teacher's last outputs, [1, K]; not taken up before the step is made
    private Tensor? _patchMean;

    /// <param name="recipe">Network, views and settings.</param>
    /// <param name="pictures">Pictures to train on and to validate on.</param>
    /// <param name="training">Seed of the weights and number of steps.</param>
    /// <param name="placement">Device and compute type.</param>
    public DistillationTask(
        RecipeBackbone recipe,
        (PictureCorpus Train, PictureCorpus HeldOut) pictures,
        TrainingOptions training,
        Placement placement
    )
    {
        recipe.Validate(pictures.Train.Size);
        (_recipe, _corpus, _heldOut, _steps) = (recipe, pictures.Train, pictures.HeldOut, training.MaxTrainSteps);
        var config = recipe.ToConfig(pictures.Train.Size);
        (_student, _teacher) = (new DistillationNetwork(config, Settings, placement), new DistillationNetwork(config, Settings, placement));
        _student.Initialise(new RandomStream(training.Seed), recipe.Network.LayerscaleValue);
        _momentum = new MomentumTeacher(_student.Modules, _teacher.Modules);
        _centre = new TeacherCentre(Settings.Prototypes, Settings.CentreMomentum, placement.Device);
        _patchCentre = config.MaskToken ? new TeacherCentre(Settings.PatchPrototypes, Settings.CentreMomentum, placement.Device) : null;
        var state = _momentum.Averages.ToDictionary(entry => $"teacher.{entry.Key}", entry => entry.Value, StringComparer.Ordinal);
        state["centre.class"] = _centre.Value;
        if (_patchCentre is not null)
            state["centre.patch"] = _patchCentre.Value;
        State = state;
    }

    /// <inheritdoc/>
    public RunRecord? Record { get; init; }

    /// <inheritdoc/>
    public string Name => "backbone";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Module> Trained => _student.Modules;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> State { get; }

    /// <summary>The network that is exported.</summary>
    public VisionTransformer Teacher => _teacher.Vision;

    private RecipeDistillation Settings => _recipe.Distillation;

    /// <inheritdoc/>
    public Tensor Loss(long microBatch, int batch, RandomStream random)
    {
        using var scope = NewDisposeScope();
        var own = random.For(microBatch);
        _student.ClassHead.TrainsPrototypes = microBatch >= Settings.FreezeLastLayerSteps;
        if (_student.PatchHead is not null)
            _student.PatchHead.TrainsPrototypes = microBatch >= Settings.FreezeLastLayerSteps;
        var (large, small) = Views(_corpus.Batch(_corpus.Indices(random, microBatch, batch)).to(_student.Vision.Placement.Device), own);
        var warm =
            Settings.WarmupTeacherTemperatureSteps > 0 ? Math.Min(1, microBatch / (double)Settings.WarmupTeacherTemperatureSteps) : 1;
        var temperature = Settings.WarmupTeacherTemperature + (Settings.TeacherTemperature - Settings.WarmupTeacherTemperature) * warm;
        var (loss, teacher) = LossOf(large, small, temperature, own);
        Keep(ref _classMean, teacher.Class);
        if (teacher.Patch is not null)
            Keep(ref _patchMean, teacher.Patch);
        return loss.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Advance(long step)
    {
        // Caron et al. 2021, section 3.1: from the first value to 1 along half a cosine.
        var rising = 0.5 * (1 - Math.Cos(Math.PI * step / _steps));
        _momentum.Follow(Settings.MomentumTeacher + (1 - Settings.MomentumTeacher) * rising);
        if (_classMean is not null)
            _centre.Update(_classMean);
        if (_patchMean is not null)
            _patchCentre?.Update(_patchMean);
    }

    /// <inheritdoc/>
    public void Restored() => _momentum.Publish();

    /// <inheritdoc/>
    public void Export(string folder) =>
        BackboneFolder.Write(
            folder,
            _recipe.Conventions,
            (_teacher.Vision.Config, ScalarType.Float32),
            _momentum
                .Averages.Where(entry => entry.Key.StartsWith("vision.", StringComparison.Ordinal))
                .ToDictionary(entry => entry.Key["vision.".Length..], entry => entry.Value, StringComparer.Ordinal)
        );

    // Loss, and the mean outputs of the teacher before centring.
    private (Tensor Loss, (Tensor Class, Tensor? Patch) Means) LossOf(Tensor large, Tensor? small, double temperature, RandomStream random)
    {
        var batch = large.shape[0] / LargeViews;
        var side = (int)(large.shape[2] / _recipe.Network.PatchSize);
        var masks = _student.PatchHead is null
            ? null
            : MaskedViews.Draw((int)large.shape[0], side, Settings, random.For(3), _student.Vision.Placement.Device);
        var (outputs, patchOutputs) = Taught(large, masks);
        var targets = Targets(_centre, outputs, temperature).view(LargeViews, batch, -1); // [2, B, K]

        var (classes, patches) = _student.Tokens(large, masks?.Masked); // [2·B, D], [2·B, N, D]
        var seen = small is null ? classes : cat([classes, _student.Tokens(small).Class]); // [V·B, D], view by view
        var loss = DistillationLoss.BetweenViews(
            _student.ClassHead.call(seen).view(-1, batch, outputs.shape[1]),
            targets,
            Settings.StudentTemperature
        );
        if (masks is not null && Settings.IbotLossWeight > 0)
        {
            var guesses = _student.PatchHead!.call(patches.flatten(0, 1).index_select(0, masks.Places));
            loss =
                loss
                + Settings.IbotLossWeight
                    * DistillationLoss.MaskedPatches(
                        guesses,
                        Targets(_patchCentre!, patchOutputs!, temperature),
                        masks.Weights,
                        large.shape[0],
                        Settings.StudentTemperature
                    );
        }
        if (masks is not null && Settings.KoleoLossWeight > 0 && batch > 1)
        {
            var spread = Pieces
                .Of(classes, LargeViews, 0)
                .Select(view => DistillationLoss.Spread(view))
                .Aggregate((sum, next) => sum + next);
            loss = loss + Settings.KoleoLossWeight * spread;
        }
        return (loss, (outputs.mean([0], keepdim: true), patchOutputs?.mean([0], keepdim: true)));
    }

    private Tensor Targets(TeacherCentre centre, Tensor outputs, double temperature) =>
        Settings.Centring == TeacherCentring.Mean ? centre.Sharpen(outputs, temperature) : SinkhornKnopp.Assign(outputs, temperature);

    // The teacher sees the large views without masks: [2·B, K], [m, K].
    private (Tensor Class, Tensor? Patch) Taught(Tensor large, MaskedViews? masks)
    {
        using var frozen = no_grad();
        var (classes, patches) = _teacher.Tokens(large);
        return (
            _teacher.ClassHead.call(classes),
            masks is null ? null : _teacher.PatchHead!.call(patches.flatten(0, 1).index_select(0, masks.Places))
        );
    }

    // Large views [2·B, 3, g, g] and small ones [L·B, 3, l, l], view by view, normalised.
    private (Tensor Large, Tensor? Small) Views(Tensor pictures, RandomStream random)
    {
        var views = _recipe.Views;
        return (
            Made(views.Global, LargeViews, random.For(1)),
            views.LocalCrops == 0 ? null : Made(views.Local, views.LocalCrops, random.For(2))
        );

        Tensor Made(RandomCrops crops, int count, RandomStream own) =>
            _recipe.Conventions.Normalise(
                cat([
                    .. Enumerable
                        .Range(0, count)
                        .Select(view => views.Colours.Apply(crops.Apply(pictures, own.For(view).For(0)), own.For(view).For(1))),
                ])
            );
    }

    private static void Keep(ref Tensor? kept, Tensor mean)
    {
        kept?.Dispose();
        kept = mean.detach().DetachFromDisposeScope();
    }
}
