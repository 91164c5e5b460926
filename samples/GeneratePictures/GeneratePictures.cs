using Lumen.Imaging;
using Lumen.Layouts;

namespace Lumen.Samples;

/// <summary>
/// Pictures with the mirrored layout of a reference: <c>dotnet run --project samples/GeneratePictures -- PICTURE PROMPT OUTPUT [MODEL]</c>.
/// Ctrl-C stops before the next call of a network.
/// </summary>
public static class GeneratePictures
{
    /// <summary>Writes 0.png to 3.png.</summary>
    public static async Task<int> Main(string[] args)
    {
        if (args is not [var reference, var prompt, var output, .. var rest])
        {
            Console.Error.WriteLine("Give a picture, a prompt and a folder for the results.");
            return 2;
        }
        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            stop.Cancel();
        };
        var progress = new Progress<LumenProgress>(step => Console.Error.WriteLine(step));
        Directory.CreateDirectory(output);
        try
        {
            var model = rest is [var given, ..] ? given : "models/street-tiny";
            await using var lumen = await LumenPipeline.OpenAsync(model, new() { Device = "cpu" }, progress, stop.Token);
            using var layout = await lumen.ExtractLayoutAsync(Picture.Load(reference), stop.Token);
            using var mirrored = layout.Mirror();
            await foreach (var picture in lumen.GenerateAsync(mirrored, prompt, new() { Count = 4, Seed = 1 }, progress, stop.Token))
                picture.Save(Path.Combine(output, $"{picture.Index}.png"));
            return 0;
        }
        catch (LumenException fault)
        {
            Console.Error.WriteLine($"{fault.Kind}: {fault.Message}");
            return 2;
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
    }
}
