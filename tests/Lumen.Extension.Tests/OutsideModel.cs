using System.Text.Json.Nodes;
using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Pretrained;
using Lumen.Samples.Extension;
using Lumen.Testing;
using TorchSharp;

namespace Lumen.Extension.Tests;

/// <summary>A tiny model on disk, and the registry with what the extension adds.</summary>
public sealed class OutsideModel : IDisposable
{
    private readonly TempFolder _folder = new();

    public OutsideModel() => Folder = TinyModels.Write(_folder.File("tiny"));

    public static LumenRegistry Registry { get; } = new SampleExtension().Register(LumenRegistry.BuiltIn);

    /// <summary>Folder of the model.</summary>
    public string Folder { get; }

    public string File(string name) => _folder.File(name);

    public static DiffusionModel Open(string folder) =>
        DiffusionModel.Load(folder, Placement.Reference, new ModelFileOptions { Registry = Registry });

    /// <summary>The model with another sampler in its scheduler's configuration.</summary>
    public string WithScheduler(string name, string className, params (string Name, JsonNode Value)[] entries)
    {
        var copy = File(name);
        foreach (var file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            System.IO.File.Copy(file, target);
        }
        var path = Path.Combine(copy, "scheduler", "scheduler_config.json");
        var config = JsonNode.Parse(System.IO.File.ReadAllText(path))!.AsObject();
        config["_class_name"] = className;
        foreach (var (entry, value) in entries)
            config[entry] = value;
        System.IO.File.WriteAllText(path, config.ToJsonString());
        return copy;
    }

    /// <summary>Weights of the extension's backbone under their published names.</summary>
    public string WriteBackbone(string name, ulong seed = 1)
    {
        using var scope = torch.NewDisposeScope();
        Directory.CreateDirectory(File(name));
        var random = new RandomStream(seed);
        var weights = new (string Name, long[] Shape)[]
        {
            ("stem.conv.weight", [6, 3, 8, 8]),
            ("stem.conv.bias", [6]),
            ("mix.weight", [6, 6, 1, 1]),
            ("mix.bias", [6]),
        };
        SafetensorsWriter.Write(
            Path.Combine(File(name), "model.safetensors"),
            [.. weights.Select((one, at) => KeyValuePair.Create(one.Name, random.For(at).Normal(one.Shape)))]
        );
        return File(name);
    }

    public void Dispose() => _folder.Dispose();
}
