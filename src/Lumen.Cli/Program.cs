using System.Text.Json;
using Lumen.Core.Tensors;
using Lumen.Data;
using Lumen.Models.Autoencoding;
using Lumen.Scenes;
using Lumen.Training;
using TorchSharp;

var recipe = JsonDocument.Parse(File.ReadAllText(args[0])).RootElement;
var output = args[1];
var cache = args[2];
var json = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
var options = recipe.GetProperty("training").Deserialize<TrainingOptions>(json)!;
if (args.Length > 4 && args[4] == "render")
{
    using var c = SceneCorpus.Open(new SceneSelection(SceneSplit.Train, int.Parse(args[3])), cache);
    return;
}
using var corpus = SceneCorpus.Open(new SceneSelection(SceneSplit.Train, args.Length > 3 ? int.Parse(args[3]) : recipe.GetProperty("data").GetProperty("scenes").GetInt32()), cache);
using var heldOut = SceneCorpus.Open(new SceneSelection(SceneSplit.Validation, 64), cache);
var vae = new AutoencoderKL(AutoencoderConfig.Parse(recipe.GetProperty("vae").GetRawText()), Placement.Fastest);
WeightInitialisation.Apply(vae, new RandomStream(options.Seed));
if (args.Contains("debug"))
{
    foreach (var (n, p) in vae.named_parameters()) { var s = p.abs().max().item<float>(); if (!(s < 2)) Console.WriteLine($"{n} {s}"); }
    var img = corpus.Batch([0, 1]);
    Console.WriteLine($"img {img.min().item<float>()} {img.max().item<float>()} {img.mean().item<float>()}");
    var l = vae.Encode(img);
    Console.WriteLine($"mean {l.Mean.abs().max().item<float>()} lv {l.LogVariance.abs().max().item<float>()}");
    var noise = new RandomStream(1).For(3).Normal(l.Mean.shape);
    Console.WriteLine($"noise {noise.abs().max().item<float>()}");
    var d = vae.Decode(l.Sample(noise));
    Console.WriteLine($"dec {d.abs().max().item<float>()}");
    return;
}
var trainer = new Trainer(new AutoencoderTask(vae, corpus, heldOut, 64), options, output);
Console.WriteLine(trainer.Estimate());
if (args.Contains("resume")) trainer.Resume("latest");
trainer.Run(new Report());
trainer.Export(Path.Combine(output, "model"));

internal sealed class Report : IProgress<TrainingProgress>
{
    public void Report_(TrainingProgress p) => Console.WriteLine($"step {p.Step}/{p.Total} loss {p.Loss:0.00000} grad {p.GradientNorm:0.000} {p.SecondsPerStep:0.000} s/step, {p.Remaining.TotalMinutes:0.0} min left {string.Join(" ", p.Validation.Select(v => $"{v.Key} {v.Value:0.0000}"))}");

    void IProgress<TrainingProgress>.Report(TrainingProgress value) => Report_(value);
}
