using System.Text;
using Lumen.Core.Checkpoints;
using Lumen.Files;
using Lumen.Pretrained;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>Writes parts of a diffusers model folder.</summary>
public static class ModelFolder
{
    /// <summary>A part's <c>config.json</c> and weights; floating weights are stored as bfloat16.</summary>
    /// <param name="folder">The part's folder: <c>unet</c>, <c>vae</c>, ...</param>
    /// <param name="config">The published configuration.</param>
    /// <param name="weights">Names and tensors.</param>
    /// <param name="file">File name of the weights.</param>
    public static void WritePart(string folder, string config, IReadOnlyDictionary<string, Tensor> weights, string file)
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(
            Path.Combine(folder, file),
            weights.Select(w =>
                KeyValuePair.Create(w.Key, w.Value.is_floating_point() ? w.Value.detach().to_type(ScalarType.BFloat16) : w.Value.detach())
            )
        );
        WriteText(Path.Combine(folder, "config.json"), config + "\n");
    }

    /// <summary>The <c>model_index.json</c> of a Stable Diffusion pipeline without a safety checker.</summary>
    public static void WriteIndex(string folder) =>
        WriteText(Path.Combine(folder, "model_index.json"), PipelineIndex.Json("DDIMScheduler"));

    /// <summary>A text file, written whole or not at all.</summary>
    public static void WriteText(string path, string text) => AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
