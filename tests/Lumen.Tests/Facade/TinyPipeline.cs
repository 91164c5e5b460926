using Lumen.Conditions;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Layouts;
using Lumen.Testing;

namespace Lumen.Tests.Facade;

/// <summary>Files of a tiny model, and ways to open and run it.</summary>
public sealed class TinyPipeline : IDisposable
{
    private readonly TempFolder _folder = new();

    public TinyPipeline()
    {
        Model = TinyModels.Write(_folder.File("tiny"));
        Edges = _folder.File("edges");
        TinyModels.WriteAdapter(Edges, Model, new ConditionSettings { Kind = ConditionKind.Canny }.Filled(null));
    }

    /// <summary>Folder of the model, with an adapter for layouts.</summary>
    public string Model { get; }

    /// <summary>An adapter for edges.</summary>
    public string Edges { get; }

    internal static LumenOptions Options { get; } = new() { Device = "cpu", Dtype = "float32" };

    internal static GenerationOptions Quick { get; } = new() { NumInferenceSteps = 3, Seed = 7 };

    internal static Picture Reference => TinyModels.Scene(0);

    /// <summary>A fresh path.</summary>
    public string Fresh(string name) => Path.Combine(Directory.CreateDirectory(_folder.File(Guid.NewGuid().ToString("N"))).FullName, name);

    internal Task<LumenPipeline> Open(LumenOptions? options = null, CancellationToken stop = default) =>
        LumenPipeline.OpenAsync(Model, options ?? Options, stop: stop);

    internal static async Task<List<GeneratedPicture>> All(IAsyncEnumerable<GeneratedPicture> pictures)
    {
        var all = new List<GeneratedPicture>();
        await foreach (var picture in pictures)
            all.Add(picture);
        return all;
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Calls a function at every report, on the thread that reports.</summary>
    internal sealed class Each(Action<LumenProgress> act) : IProgress<LumenProgress>
    {
        public void Report(LumenProgress value) => act(value);
    }
}
