using System.Diagnostics;
using System.Globalization;
using Lumen.Conditions;
using Lumen.Core.Native;
using Lumen.Models.Control;
using Lumen.Pretrained;
using Lumen.Training.Data;
using static TorchSharp.torch;

namespace Lumen.Training;

public sealed partial record TrainingTaskFactory
{
    private const int UsualCaptions = 200; // different ones of scenes

    // Before a weight is read: what is known of the networks is their configuration.
    private void Foresee(Recipe recipe, FolderPictures? listed, string model, ConditionSettings condition)
    {
        using var source = PipelineSource.Open(model, new ModelFileOptions { Registry = Registry });
        var channels = condition.Kind == ConditionKind.Layout ? recipe.Layout.Components : 3;
        using var process = Process.GetCurrentProcess();
        var forecast = new MemoryForecast(
            source.UNet,
            source.Autoencoder,
            source.Text,
            new ControlNetConfig(source.UNet)
            {
                ConditioningChannels = channels,
                ConditioningEmbeddingOutChannels = recipe.ConditioningEmbeddingOutChannels,
            }
        )
        {
            Floor = process.WorkingSet64,
            Placement = Placement,
            Threads = get_num_threads(),
            Pictures = listed is null
                ? recipe.Data.Scenes + recipe.Data.ValidationScenes
                : listed.Train.Count * listed.Selection.Variants + listed.HeldOut.Count,
            Captions = listed is null
                ? UsualCaptions
                : listed.Train.Concat(listed.HeldOut).Select(picture => picture.Caption).Distinct(StringComparer.Ordinal).Count(),
            KeepsEncoders = recipe.Layout.Photometric > 0 && Backbone is null && condition.Kind == ConditionKind.Layout,
        };
        var peak = forecast.Of(recipe.Data.Resolution, recipe.Training);
        Note($"memory   {peak}");
        if (Placement.Device.type != TorchSharp.DeviceType.CPU || peak.Bytes <= MachineMemory.Available)
            return;
        var free = string.Create(CultureInfo.InvariantCulture, $"{MachineMemory.Available / 1e9:0.0} GB");
        var advice = MemorySwitches.Advice(forecast, recipe.Data.Resolution, recipe.Training, MachineMemory.Available);
        var needed = string.Create(CultureInfo.InvariantCulture, $"The run needs about {peak.Bytes / 1e9:0.0} GB of memory");
        if (peak.Bytes > MachineMemory.Total)
            throw new LumenException(
                string.Create(CultureInfo.InvariantCulture, $"{needed}, but this machine has {MachineMemory.Total / 1e9:0.0} GB. {advice}")
            );
        Warn($"{needed}, but {free} are free: the system may end it. {advice}");
    }
}
