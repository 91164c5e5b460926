using Lumen.Core.Checkpoints;
using static TorchSharp.torch;

namespace Lumen.Testing;

/// <summary>Weights of small vision transformers as files: those of the reference cases, as they are or changed.</summary>
public static class BackboneFile
{
    /// <summary>The tensors of a reference case.</summary>
    /// <param name="golden">Folder below tests/goldens, such as <c>dino/p8</c> or <c>dino/p8/hf</c>.</param>
    public static Dictionary<string, Tensor> Tensors(string golden) => Golden.Tensors($"{golden}/model.safetensors");

    /// <summary>Writes a folder with weights and the configuration of a reference case.</summary>
    /// <param name="folder">Made if absent.</param>
    /// <param name="golden">Folder below tests/goldens.</param>
    /// <param name="change">Changes the tensors before they are written; null for none.</param>
    /// <returns>The folder.</returns>
    public static string Write(string folder, string golden, Action<Dictionary<string, Tensor>>? change = null)
    {
        using var scope = NewDisposeScope();
        var tensors = Tensors(golden);
        change?.Invoke(tensors);
        Directory.CreateDirectory(folder);
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"),
            [.. tensors.Select(entry => new KeyValuePair<string, Tensor>(entry.Key, entry.Value.contiguous()))]
        );
        File.Copy(Golden.Path($"{golden}/config.json"), Path.Combine(folder, "config.json"), overwrite: true);
        return folder;
    }
}
