using System.Collections;
using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Models.Vision;
using Lumen.Pretrained;
using Lumen.Testing;
using Lumen.Tests.Pretrained;
using Lumen.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Generation;

/// <summary>A signalled stop ends loading between tensors, hashing between pieces, and extraction between calls of a network.</summary>
[Collection(TinyModel.Name)]
public sealed class CancellationTests(TinyModel tiny)
{
    private static readonly string Pipeline = Golden.Folder("sd/pipeline");

    [Fact]
    public void Loading_a_model_stops_between_its_tensors_and_leaves_none_behind()
    {
        using var folder = new TempFolder();
        var path = folder.File("model.safetensors");
        OriginalFiles.WritePipeline(path, Pipeline);
        foreach (var part in new[] { "unet", "vae", "text_encoder", "scheduler" })
            OriginalFiles.Copy(Path.Combine(Pipeline, part), Path.Combine(folder.File("configs"), part));
        TensorLeak.Check(() =>
        {
            using var scope = NewDisposeScope();
            using var stop = new CancellationTokenSource();
            var options = new ModelFileOptions { Config = folder.File("configs"), FallbackTokenizer = SignalOnTheWay };
            Assert.Throws<OperationCanceledException>(() => DiffusionModel.Load(path, Placement.Reference, options, stop.Token));

            string SignalOnTheWay() // the tokenizer is opened before the networks
            {
                stop.Cancel();
                return Path.Combine(Pipeline, "tokenizer");
            }
        });
    }

    [Fact]
    public void Loading_stops_before_the_next_tensor()
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(tiny.Runs.Model, "vae"));
        using var stop = new CancellationTokenSource();
        using var scope = NewDisposeScope();
        var targets = tiny.Model.Vae.state_dict().ToDictionary(pair => pair.Key, pair => zeros_like(pair.Value));
        Assert.Throws<OperationCanceledException>(() =>
            StateLoader.Load(targets, checkpoint, "model", translate: Signal, stop: stop.Token)
        );
        Assert.All(targets.Values, target => Assert.Equal(0, target.abs().sum().item<float>()));

        string Signal(string name)
        {
            stop.Cancel();
            return name;
        }
    }

    [Fact]
    public void What_is_stopped_from_the_start_is_not_begun()
    {
        var stopped = new CancellationToken(canceled: true);
        var adapter = Path.Combine(tiny.Runs.Model, "controlnet");
        Assert.Throws<OperationCanceledException>(() => DiffusionModel.Load("no such folder", Placement.Reference, stop: stopped));
        Assert.Throws<OperationCanceledException>(() => LayoutAdapter.Load(adapter, tiny.Model, stop: stopped));
        Assert.Throws<OperationCanceledException>(() => DiffusionModel.HashOf([adapter], stopped));
    }

    [Fact]
    public void Extraction_stops_before_the_next_pass_of_its_ensemble()
    {
        using var scope = NewDisposeScope();
        using var stop = new CancellationTokenSource();
        var source = tiny.Adapter.Basis.Source with { Ensemble = 5 };
        var features = LayoutAdapter.FeaturesOf(tiny.Model, source);
        var items = new SignallingItems(stop, 2); // read once for the noise of each pass
        Assert.Throws<OperationCanceledException>(() => features.Extract(zeros(1, 3, TinyRuns.Size, TinyRuns.Size), items, stop.Token));
        Assert.Equal(2, items.Reads);
        Assert.Throws<OperationCanceledException>(() => tiny.Adapter.Features.Extract(zeros(1, 3, 1, 1), [0], stop.Token));
    }

    /// <summary>One item, which signals when it is read for the n-th time.</summary>
    private sealed class SignallingItems(CancellationTokenSource stop, int when) : IReadOnlyList<long>
    {
        public int Reads { get; private set; }

        public int Count => 1;

        public long this[int index] => 0;

        public IEnumerator<long> GetEnumerator()
        {
            if (++Reads == when)
                stop.Cancel();
            yield return 0;
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
