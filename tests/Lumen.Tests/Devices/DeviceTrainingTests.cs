using Lumen.Core.Tensors;
using Lumen.Testing;
using Lumen.Tests.Perception;
using Lumen.Tests.Training;
using Lumen.Tests.Training.Backbones;
using Lumen.Training;
using Lumen.Training.Perception;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Devices;

/// <summary>
/// The loss of every task on a second device is that of the processor, and so is a whole step of a transformer. Steps of the others cannot
/// be made on the lazy device: it takes a number times a scalar for float64, which gradients then are too, and computes everything anew for
/// each operator of a backward pass that it lacks.
/// </summary>
[Collection(SecondDevice.Name)]
public sealed class DeviceTrainingTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Autoencoder_denoiser_and_adapter_have_the_same_loss()
    {
        var runs = new TinyRuns(_folder.Path);
        runs.MakeModel();
        Alike("vae", placement => Runs(runs, "vae", placement).Autoencoder(TinyRuns.Vae));
        Alike("base", placement => Runs(runs, "base", placement).Base(TinyRuns.Base, Path.Combine(_folder.Path, "vae", "model")));
        var layouts = TinyRuns.Adapter with { Layout = TinyRuns.Adapter.Layout with { Photometric = 1 } };
        Alike("adapter", placement => Runs(runs, "adapter", placement).Adapter(layouts, runs.Model));
    }

    [Theory]
    [InlineData("dino")]
    [InlineData("dinov2")]
    [InlineData("clip")]
    public void Backbones_have_the_same_loss_and_take_the_same_step(string family)
    {
        var recipe = TinyBackbones.Recipe(family);
        Alike(
            family,
            placement => Factory($"{family}-{placement.Device.type}", placement).VisionTransformer(recipe),
            backward: family == "dino"
        );

        TrainingTaskFactory Factory(string name, Placement placement) => new(placement, _folder.File("cache"), _folder.File(name));
    }

    [Fact]
    public void A_perception_network_has_the_same_loss()
    {
        var data = TinyPerception.Scenes(3);
        Alike(
            "perception",
            placement =>
            {
                var network = new PerceptionNetwork(TinyPerception.Config, placement);
                WeightInitialisation.Apply(network, new RandomStream(1));
                return new PerceptionTask(network, data, data, new PerceptionOptions { Placement = placement });
            }
        );
    }

    private static TrainingTaskFactory Runs(TinyRuns runs, string name, Placement placement) =>
        runs.Runs($"{name}-{placement.Device.type}") with
        {
            Placement = placement,
        };

    private static void Alike(string name, Func<Placement, ITrainingTask> make, bool backward = false)
    {
        var (here, there) = (Figures(make(Placement.Reference)), Figures(make(SecondDevice.Placement)));
        SecondDevice.Sync();
        Assert.True(Math.Abs(here.Loss - there.Loss) < 1e-3 * (1 + Math.Abs(here.Loss)), $"{name}: {here.Loss} and {there.Loss}");
        Assert.True(Math.Abs(here.Norm - there.Norm) <= 1e-2 * here.Norm, $"{name}: {here.Norm} and {there.Norm}");

        (double Loss, double Norm) Figures(ITrainingTask task)
        {
            SecondDevice.Sync(); // weights, before anything is computed with them
            if (backward)
                return Step(task);
            using var frozen = no_grad();
            using var scope = NewDisposeScope();
            return (task.Loss(0, 2, new RandomStream(1)).cpu().to_type(ScalarType.Float32).item<float>(), 0);
        }
    }

    private static (double Loss, double Norm) Step(ITrainingTask task)
    {
        using var folder = new TempFolder();
        var options = new TrainingOptions { MaxTrainSteps = 2, TrainBatchSize = 2 };
        return new Trainer(new Synced(task), options, folder.Path).Step();
    }

    // Forwards, then backwards: as one program they take minutes.
    private sealed class Synced(ITrainingTask task) : ITrainingTask
    {
        public string Name => task.Name;

        public IReadOnlyDictionary<string, nn.Module> Trained => task.Trained;

        public Tensor Loss(long microBatch, int batch, RandomStream random)
        {
            var loss = task.Loss(microBatch, batch, random);
            SecondDevice.Sync();
            return loss;
        }

        public IReadOnlyList<KeyValuePair<string, double>> Validate() => task.Validate();

        public void Preview(string path) => task.Preview(path);

        public void Export(string folder) => task.Export(folder);
    }
}
