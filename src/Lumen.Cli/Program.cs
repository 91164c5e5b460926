using Lumen.Data;
using Lumen.Scenes;

using var corpus = SceneCorpus.Open(new SceneSelection(SceneSplit.Train, int.Parse(args[0])), args[1], new Progress<int>(n => { if (n % 1024 == 0) Console.WriteLine(n); }));
using var v = SceneCorpus.Open(new SceneSelection(SceneSplit.Validation, 1024), args[1]);
